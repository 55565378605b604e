// What the pages gain from a script: parts of them follow the network without reloading. Everything works without it.
(() => {
  "use strict";
  // On a phone tabs lie in one line that is pushed aside: the one that is open is in sight.
  document.querySelectorAll(".tabs [aria-current]").forEach((tab) => tab.scrollIntoView({ block: "nearest", inline: "nearest" }));

  const live = document.body.dataset.live;
  if (!live || !window.EventSource) return;

  // Parts that name an event in data-on are fetched anew when it comes, at most once a second each; not where somebody is
  // just filling in a field.
  const due = new Map();
  const typingIn = (part) => part.contains(document.activeElement) && document.activeElement.matches("input, select, textarea");
  const refresh = (part) => {
    if (document.hidden || due.has(part)) return;
    due.set(part, setTimeout(() => {
      due.delete(part);
      if (part.isConnected && !typingIn(part)) htmx.trigger(part, "refresh");
    }, 1000));
  };
  const tell = (kind) => document.querySelectorAll("[data-on]").forEach((part) => {
    if (kind === "*" || part.dataset.on.split(" ").includes(kind)) refresh(part);
  });

  let source;
  const listen = () => {
    source = new EventSource(live);
    source.onmessage = (event) => {
      const said = JSON.parse(event.data);
      const badge = document.getElementById("attente");
      if (badge && said.waiting !== undefined) {
        badge.textContent = said.waiting;
        badge.hidden = !said.waiting;
      }
      tell(said.kind);
    };
  };
  document.addEventListener("visibilitychange", () => {
    // A tab that nobody looks at listens to nothing: a browser opens no more than six connections to a server.
    if (source) source.close();
    if (document.hidden) return;
    listen();
    tell("*");
  });
  setInterval(() => tell("*"), 30000); // «il y a 3 min» grows old too
  if (!document.hidden) listen();
})();
