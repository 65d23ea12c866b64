// Keeps the open page fresh and saves a few clicks. Without it every page works all the same.
"use strict";

const QUIET_MS = 250; // events that come together are one look
const link = document.getElementById("link");
let looking = 0;

function tell(state) {
  if (!link) return;
  link.className = "link " + state;
  link.textContent = link.dataset[state] || "";
}

// Somebody is writing or choosing here: what they have entered is not taken from them.
function isInUse(part) {
  if (part.contains(document.activeElement) && document.activeElement.matches("input, select, textarea, summary, button")) return true;
  return [...part.querySelectorAll("input:not([type=hidden])")].some(
    field => field.type === "checkbox" || field.type === "radio" ? field.checked !== field.defaultChecked : field.value !== field.defaultValue)
    || part.querySelector("details[open]") !== null;
}

function focusedAddress(part) {
  return part.contains(document.activeElement) ? document.activeElement.getAttribute("href") : null;
}

// What stands at the address of a form that was refused is asked for where it can be looked at (data-look).
async function look() {
  if (!document.querySelector("[data-live]")) return;
  try {
    const answer = await fetch(document.body.dataset.look || location.href, { headers: { "X-Live": "1" }, credentials: "same-origin", redirect: "manual" });
    if (answer.type === "opaqueredirect") { location.reload(); return; } // signed out meanwhile
    if (!answer.ok) { tell("away"); return; }
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const part of document.querySelectorAll("[data-live]")) {
      const fresh = page.getElementById(part.id);
      if (!fresh || fresh.outerHTML === part.dataset.was || isInUse(part)) continue;
      part.dataset.was = fresh.outerHTML;
      if (fresh.innerHTML === part.innerHTML && fresh.className === part.className.replace(/ ?fresh/, "")) continue;
      const focused = focusedAddress(part);
      part.className = fresh.className;
      part.replaceChildren(...fresh.childNodes);
      if (focused) part.querySelector(`[href="${CSS.escape(focused)}"]`)?.focus();
      part.classList.add("fresh");
    }
    tell("here");
  } catch { tell("away"); }
}

function lookSoon() {
  clearTimeout(looking);
  looking = setTimeout(look, QUIET_MS);
}

function listen(from) {
  const events = new EventSource(from);
  let was = false;
  events.addEventListener("here", () => { tell("here"); if (was) lookSoon(); was = true; });
  events.addEventListener("moved", lookSoon);
  events.addEventListener("away", () => tell("away"));
  events.addEventListener("over", () => { events.close(); location.reload(); });
  events.onerror = () => tell("away");
}

if (document.body.dataset.liveFrom) {
  listen(document.body.dataset.liveFrom);
  if (document.getElementById("run")) lookSoon(); // it may have been quicker than the stream
}

// One press is one press; the server would take the second for the same anyway.
document.addEventListener("submit", event => {
  for (const button of event.target.querySelectorAll("button")) setTimeout(() => { button.disabled = true; });
});
window.addEventListener("pageshow", event => {
  if (event.persisted) for (const button of document.querySelectorAll("button")) button.disabled = false;
});

const all = document.querySelector("[data-choose-all]");
if (all) {
  all.closest("label").hidden = false;
  all.addEventListener("change", () => {
    for (const box of document.querySelectorAll("input[name=job]:not([disabled])")) box.checked = all.checked;
  });
}

document.addEventListener("keydown", event => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.target.matches("input, select, textarea")) return;
  event.preventDefault();
  document.getElementById("q")?.focus();
});
