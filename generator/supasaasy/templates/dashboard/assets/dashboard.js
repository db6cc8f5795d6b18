// Brings the page up to date every ten seconds, while somebody may be looking. What is open stays open.
const live = document.getElementById("live");
live.hidden = false;

async function refresh() {
  const main = document.querySelector("main");
  const reading = !getSelection().isCollapsed;
  if (document.hidden || reading || !live.firstElementChild.checked) return;
  const answer = await fetch("./");
  if (answer.redirected) return location.reload(); // to the login
  if (!answer.ok) throw new Error(answer.statusText);

  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const old of main.querySelectorAll("details")) {
    const now = page.getElementById(old.id);
    if (now) now.open = old.open;
  }
  const focused = main.contains(document.activeElement) ? document.activeElement.id : "";
  main.replaceWith(page.querySelector("main"));
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
}

const update = () => refresh().catch(() => (document.getElementById("stale").hidden = false));
setInterval(update, 10_000);
