"""Contrast of colors, and the nearest shade of a customer's accent that can be read."""

LEAST = 4.5
SHEETS = {"light": "ffffff", "dark": "111c23"}
INKS = {"light": "ffffff", "dark": "06202d"}


def luminance(color: str) -> float:
    """Return the relative luminance of "rrggbb", 0 to 1 (WCAG 2.2, relative luminance)."""
    parts = []
    for start in (0, 2, 4):
        share = int(color[start : start + 2], 16) / 255
        parts.append(share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4)
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


def contrast(first: str, second: str) -> float:
    """Return the contrast ratio of two colors "rrggbb", 1 to 21 (WCAG 2.2, 1.4.3)."""
    light, dark = sorted((luminance(first), luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def towards(color: str, target: str, share: float) -> str:
    """Return ``color`` mixed with ``share`` (0 to 1) of ``target``."""
    pairs = ((int(color[i : i + 2], 16), int(target[i : i + 2], 16)) for i in (0, 2, 4))
    return "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def readable(color: str, theme: str) -> str:
    """Return ``color``, or the nearest step to black or white that reaches 4.5 on the sheet."""
    target = "000000" if theme == "light" else "ffffff"
    for step in range(21):
        mixed = towards(color, target, step / 20)
        if contrast(mixed, SHEETS[theme]) >= LEAST:
            return mixed
    return target
