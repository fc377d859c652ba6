/* The frame: keys, search dialog, menus, theme, messages. Everything works without it but more slowly. */
import { openPalette } from "./palette.js";

const YEAR = 31536000;
const root = document.documentElement;

function remember(name, value) {
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `${name}=${value}; Max-Age=${YEAR}; Path=/; SameSite=Lax${secure}`;
}

function setTheme(theme) {
  remember("plimsoll_theme", theme);
  if (theme === "system") root.removeAttribute("data-bs-theme");
  else root.setAttribute("data-bs-theme", theme);
  for (const button of document.querySelectorAll("[data-theme] button")) {
    button.setAttribute("aria-pressed", String(button.value === theme));
  }
}

function foldRail(button) {
  const slim = document.getElementById("app").classList.toggle("slim");
  button.setAttribute("aria-pressed", String(slim));
  remember("plimsoll_rail", slim ? "slim" : "wide");
}

function toggleRail(open) {
  const rail = document.getElementById("rail");
  const button = document.querySelector("[data-rail]");
  if (!rail || !button) return;
  rail.classList.toggle("open", open);
  button.setAttribute("aria-expanded", String(rail.classList.contains("open")));
  if (rail.classList.contains("open")) rail.querySelector("a").focus();
}

function closeMenus(except) {
  for (const menu of document.querySelectorAll("details.menu[open]")) {
    if (menu !== except) menu.removeAttribute("open");
  }
}

document.addEventListener("click", (event) => {
  const at = (selector) => event.target.closest(selector);
  closeMenus(at("details.menu"));
  if (at("[data-find]")) openPalette();
  else if (at("[data-fold]")) foldRail(at("[data-fold]"));
  else if (at("[data-rail]")) toggleRail();
  else if (at("[data-close]")) at(".toast").remove();
  else if (!at("#rail")) toggleRail(false);
});

document.addEventListener("submit", (event) => {
  if (event.target.matches("[data-theme]") && event.submitter) {
    event.preventDefault();
    setTheme(event.submitter.value);
    event.target.closest("details").removeAttribute("open");
  }
});

const writing = (target) => target.closest("input, textarea, select, [contenteditable]");
let chord = "";

function press(event) {
  const key = event.key.toLowerCase();
  if (chord === "g" && /^[1-9]$/.test(key)) {
    document.querySelectorAll("#rail nav > a")[Number(key) - 1]?.click();
  } else if (event.key === "/") openPalette();
  else if (event.key === "?") document.getElementById("keys")?.showModal();
  else if (!document.querySelector("dialog[open]")) document.querySelector(`[data-key="${CSS.escape(key)}"]`)?.click();
  else return false;
  chord = key === "g" ? "g" : "";
  return event.key === "/" || event.key === "?";
}

document.addEventListener("keydown", (event) => {
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
    event.preventDefault();
    openPalette();
  } else if (event.key === "Escape") {
    closeMenus(null);
    toggleRail(false);
  } else if (!event.ctrlKey && !event.metaKey && !event.altKey && !writing(event.target)) {
    if (press(event)) event.preventDefault();
  }
});

/* A form with typed values asks before the reader leaves it. */
let typed = false;
document.addEventListener("input", (event) => { if (event.target.closest("[data-guard]")) typed = true; });
document.addEventListener("submit", () => { typed = false; });
addEventListener("beforeunload", (event) => { if (typed) event.preventDefault(); });

document.querySelector("[data-focus]")?.focus();
setTimeout(() => document.querySelectorAll("#toasts .toast").forEach((toast) => toast.remove()), 12000);
