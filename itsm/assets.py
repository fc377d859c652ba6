"""Which files of ``node_modules`` the pages may load; nothing is bundled. No Django import."""

VENDOR_ASSETS = (
    ("vendor/ibm-plex-sans", "@fontsource-variable/ibm-plex-sans/files"),
    ("vendor/ibm-plex-serif", "@fontsource/ibm-plex-serif/files"),
    ("vendor/ibm-plex-mono", "@fontsource/ibm-plex-mono/files"),
)
