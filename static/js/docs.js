// The page of the API: searches it, opens what a link means, and asks what is tried as whoever is signed in.

const entries = [...document.querySelectorAll("[data-docs]")];
const token = document.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";
const search = document.querySelector("[data-docs-search]");

function find(wanted) {
  const words = wanted.toLowerCase().split(/\s+/).filter(Boolean);
  let found = 0;
  for (const entry of entries) {
    const text = `${entry.id} ${entry.textContent}`.toLowerCase();
    entry.hidden = !words.every((word) => text.includes(word));
    found += entry.hidden ? 0 : 1;
  }
  for (const group of document.querySelectorAll("[data-docs-group]")) group.hidden = !group.querySelector("[data-docs]:not([hidden])");
  search.querySelector("[data-docs-found]").textContent = words.length ? `${found} of ${entries.length}` : "";
}

function open() {
  const meant = document.getElementById(decodeURIComponent(location.hash.slice(1)));
  if (!meant?.matches("[data-docs]")) return;
  if (meant.hidden) {
    search.querySelector("input").value = "";
    find("");
  }
  meant.open = true;
  meant.scrollIntoView();
}

function addressOf(form) {
  let path = form.dataset.path;
  const asked = new URLSearchParams();
  for (const input of form.querySelectorAll("[data-place]")) {
    if (input.dataset.place === "path") path = path.replace(`{${input.name}}`, encodeURIComponent(input.value));
    else if (input.value) asked.append(input.name, input.value);
  }
  return asked.size ? `${path}?${asked}` : path;
}

async function ask(form) {
  const url = addressOf(form);
  const headers = { Accept: "application/json", "X-CSRFToken": token };
  const body = form.elements.body?.value;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  try {
    const reply = await fetch(url, { method: form.dataset.method, headers, body, redirect: "error" });
    tell(form, url, `${reply.status} ${reply.statusText}`, pretty(await reply.text()));
  } catch (error) {
    tell(form, url, "No answer", String(error));
  }
}

function pretty(text) {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}

function tell(form, url, status, text) {
  form.querySelector("[data-docs-status]").textContent = status;
  form.querySelector("[data-docs-url]").textContent = url;
  form.querySelector("[data-docs-told]").textContent = text;
  form.querySelector("[data-docs-told]").hidden = !text;
  form.querySelector("[data-docs-answer]").hidden = false;
}

for (const form of document.querySelectorAll("[data-docs-try]")) {
  form.hidden = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    ask(form);
  });
}
search.hidden = false;
search.querySelector("input").addEventListener("input", (event) => find(event.target.value));
window.addEventListener("hashchange", open);
open();
