/* The dialog that finds records and pages: asks /search.json 120 ms after the last letter. */
const dialog = document.getElementById("palette");
let timer = 0;
let asked = 0;

function line(hit) {
  const link = document.createElement("a");
  const kind = document.createElement("span");
  link.href = hit.url;
  link.textContent = hit.title;
  kind.textContent = hit.kind;
  link.append(kind);
  return link;
}

function say(words) {
  const text = document.createElement("p");
  text.textContent = words;
  dialog.querySelector(".found").replaceChildren(text);
}

async function find(words) {
  const mine = ++asked;
  if (words.trim().length < 2) return say(dialog.dataset.first);
  const answer = await fetch(`${dialog.dataset.source}?q=${encodeURIComponent(words)}`, { headers: { Accept: "application/json" } });
  if (!answer.ok || mine !== asked) return undefined;
  const { hits } = await answer.json();
  if (!hits.length) return say(dialog.dataset.nothing);
  return dialog.querySelector(".found").replaceChildren(...hits.map(line));
}

function move(step) {
  const links = [...dialog.querySelectorAll(".found a")];
  const here = links.indexOf(document.activeElement) + step;
  (here < 0 ? dialog.querySelector("input") : links[Math.min(here, links.length - 1)])?.focus();
}

export function openPalette() {
  if (!dialog || dialog.open) return;
  dialog.showModal();
  dialog.querySelector("input").select();
  find(dialog.querySelector("input").value);
}

if (dialog) {
  dialog.querySelector("input").addEventListener("input", (event) => {
    clearTimeout(timer);
    timer = setTimeout(() => find(event.target.value), 120);
  });
  dialog.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      event.preventDefault();
      move(step);
    } else if (event.key === "Enter" && event.target.matches("input")) {
      const first = dialog.querySelector(".found a");
      if (first) {
        event.preventDefault();
        first.click();
      }
    }
  });
}
for (const each of document.querySelectorAll("dialog.palette")) {
  each.addEventListener("click", (event) => { if (event.target === each) each.close(); });
}
