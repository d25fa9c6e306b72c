"use strict";
// The slides of one session: arrows, notes in a second window (or here when the browser refuses one), no network.
const slides = [...document.querySelectorAll(".slide")];
const byId = (id) => document.getElementById(id);
let now = 0, hurried = false, started = null, began = 0, talk = null;

function stepsOf(slide) { return [...slide.querySelectorAll(".step")]; }
function next(from, way) {
  let i = from + way;
  while (hurried && slides[i] && "late" in slides[i].dataset) i += way;
  return slides[i] ? i : from;
}
function fit(slide) {
  for (let size = 3.3; size >= 2; size -= 0.1) {
    slide.style.fontSize = size + "vh";
    if (slide.scrollHeight <= slide.clientHeight + 1) return;
  }
}
function show(i, all) {
  now = i;
  const slide = slides[i];
  slides.forEach((s) => s.classList.toggle("shown", s === slide));
  stepsOf(slide).forEach((s, n) => s.classList.toggle("waiting", n > 0 && !all));
  fit(slide);
  slide.scrollTop = 0;
  slide.focus({ preventScroll: true });
  // the viewer of JupyterLab shows a copy of the page, whose address cannot change
  if (location.protocol !== "blob:") history.replaceState(null, "", "#" + slide.id);
  tell();
}
function forward() {
  if (started === null) [started, began] = [Date.now(), Number(slides[now].dataset.start)];
  const waiting = slides[now].querySelector(".step.waiting");
  if (!waiting) return next(now, 1) !== now && show(next(now, 1));
  waiting.classList.remove("waiting");
  waiting.scrollIntoView({ block: "nearest" });
}
function back() { if (next(now, -1) !== now) show(next(now, -1), true); }

function minutes(n) { return n + (n > 1 ? " minutes" : " minute"); }
function clock() {
  const hour = new Date().toLocaleTimeString("fr-FR", { hour: "2-digit", minute: "2-digit" }).replace(":", "h");
  if (started === null) return `Il est ${hour}. Le temps part à la première diapositive tournée.`;
  const planned = Number(slides[now].dataset.start) - began;
  const late = Math.round((Date.now() - started) / 60000) - planned;
  const gap = late > 1 ? `${minutes(late)} de retard` : late < -1 ? `${minutes(-late)} d'avance` : "À l'heure";
  return `Il est ${hour}. ${gap}.`;
}
function tell() {
  const slide = slides[now], after = slides[next(now, 1)];
  byId("where").textContent = `${now + 1} sur ${slides.length} · prévu à ${slide.dataset.clock}`;
  byId("late").textContent = slide.dataset.late || "";
  byId("hurry").setAttribute("aria-pressed", hurried);
  const html = `<h2>${slide.getAttribute("aria-label")}</h2><p><b>${clock()}</b> ${byId("late").textContent}</p>`
    + slide.querySelector(".say").innerHTML
    + (after === slide ? "<p>Dernière diapositive.</p>" : `<p>Ensuite : ${after.getAttribute("aria-label")}</p>`);
  byId("notes").innerHTML = html;
  if (talk && !talk.closed) talk.document.body.innerHTML = html;
}
function notes() {
  talk = window.open("", "notes", "width=900,height=640");
  if (!talk) { document.documentElement.classList.toggle("noted"); return tell(); }
  talk.document.title = "Notes";
  talk.document.documentElement.lang = "fr";
  talk.document.body.style.cssText = "font:1.4rem/1.5 system-ui,sans-serif;margin:1.5rem;color:#1b2733";
  talk.document.onkeydown = key;
  tell();
}
function hurry() { hurried = !hurried; tell(); }
function full() { document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen(); }

const keys = {
  ArrowRight: forward, PageDown: forward, " ": forward, ArrowLeft: back, PageUp: back,
  Home: () => show(0), End: () => show(slides.length - 1, true), n: notes, r: hurry, f: full,
};
function key(event) {
  const action = keys[event.key.length === 1 ? event.key.toLowerCase() : event.key];
  const typing = event.target.closest?.("a,button,summary,iframe");
  if (!action || event.ctrlKey || event.metaKey || event.altKey || (typing && event.key === " ")) return;
  event.preventDefault();
  action();
}
document.addEventListener("keydown", key);
for (const [id, action] of [["back", back], ["forward", forward], ["talk", notes], ["hurry", hurry], ["full", full]])
  byId(id).addEventListener("click", action);
window.addEventListener("resize", () => fit(slides[now]));
setInterval(tell, 15000);
document.documentElement.classList.add("js");
show(Math.max(0, slides.findIndex((s) => "#" + s.id === location.hash)));
