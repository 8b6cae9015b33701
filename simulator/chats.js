"use strict";

/* The chats of the chosen instance. All that came over the wire is set as text, never as HTML. */

const MARKS = { queued: "waiting", removed: "removed from the queue", failed: "not sent", sent: "✓", received: "✓✓", read: "✓✓" };
let openChat = "", shownChat = "", shownMessages = new Map();

function showChats(one) {
  if (!one.chats.some((chat) => chat.phone === openChat)) { choose(one.chats[0]?.phone ?? ""); }
  $("#chat-list").replaceChildren(...one.chats.map((chat) => {
    const button = element("button", { title: chat.phone, onclick: () => { choose(chat.phone); refresh(); } }, chat.name, element("small", { textContent: chat.text || "nothing yet" }));
    button.setAttribute("aria-current", chat.phone === openChat);
    return element("li", {}, button);
  }));
  showAuthors(one);
  const chat = one.chats.find((found) => found.phone === openChat);
  $("#chat-title").textContent = chat ? (chat.name === chat.phone ? chat.name : `${chat.name} · ${chat.phone}`) : "";
}

function choose(phone) {
  if (phone !== openChat) { aim(null); }
  openChat = phone;
}

async function refreshMessages() {
  const key = `${chosen} ${openChat}`;
  const response = await fetch(`/_control/${chosen}/chat?phone=${encodeURIComponent(openChat)}`);
  const messages = await response.json();
  // A click may have opened another chat meanwhile.
  if (!response.ok || key !== `${chosen} ${openChat}`) { return; }
  const list = $("#messages"), atEnd = list.scrollHeight - list.scrollTop - list.clientHeight < 40;
  if (key !== shownChat) { shownMessages = new Map(); list.replaceChildren(); }
  const isOther = key !== shownChat;
  shownChat = key;
  showMessages(list, messages);
  if (atEnd || isOther) { list.scrollTop = list.scrollHeight; }
}

function showMessages(list, messages) {
  const kept = new Map();
  for (const message of messages) {
    // What has not changed keeps its element, so that a voice note plays on.
    const seen = JSON.stringify(message), before = shownMessages.get(message.id);
    if (before?.seen === seen) { kept.set(message.id, before); continue; }
    const bubble = messageBubble(message);
    if (before) { before.bubble.replaceWith(bubble); } else { list.append(bubble); }
    kept.set(message.id, { seen, bubble });
  }
  for (const [id, { bubble }] of shownMessages) { if (!kept.has(id)) { bubble.remove(); } }
  shownMessages = kept;
  list.classList.toggle("empty", !messages.length);
}

function messageBubble(message) {
  const bubble = element("article", { className: "bubble" });
  bubble.classList.toggle("mine", message.from_me);
  bubble.classList.toggle("deleted", message.deleted);
  if (message.name && !message.from_me) { bubble.append(element("div", { className: "who", textContent: message.name })); }
  if (message.forwarded) { bubble.append(element("small", { className: "soft", textContent: "forwarded" })); }
  if (message.quoted) { bubble.append(element("div", { className: "quote", textContent: message.quoted_text || "a message that is not here" })); }
  const [more, actions] = messageActions(message);
  bubble.append(...(BODIES[message.kind] ?? otherBody)(message), messageFooter(message, more));
  if (message.reactions.length) { bubble.append(reactions(message)); }
  bubble.append(actions);
  return bubble;
}

function reactions(message) {
  return element("div", { className: "reactions" }, ...message.reactions.map((one) => element("span", { textContent: one.emoji, title: one.name })));
}

function messageFooter(message, more) {
  const footer = element("footer");
  if (message.deleted) { footer.append(element("span", { textContent: "deleted" })); }
  if (message.edits.length) { footer.append(element("span", { textContent: `edited, before: ${message.edits.join(" · ")}` })); }
  footer.append(element("time", { textContent: time(message.at) }));
  if (message.from_me) {
    const mark = message.error ? `${MARKS.failed}: ${message.error}` : MARKS[message.progress];
    footer.append(element("span", { className: message.progress, textContent: mark, title: message.progress }));
  }
  footer.append(more);
  return footer;
}

function paragraph(text) { return text ? [element("p", { textContent: text })] : []; }

function fileLink(message, name) {
  // A link of somebody else is shown and not loaded: nothing here leaves this machine.
  return message.link ? element("a", { href: message.link, download: name, textContent: name }) : element("div", { className: "link", textContent: name });
}

function foreignLink(message) {
  return Object.values(message.content).find((value) => typeof value === "string" && /^https?:/.test(value)) ?? message.kind;
}

function media(tag, properties = {}) {
  return (message) => [
    message.link ? element(tag, { src: message.link, ...properties }) : fileLink(message, foreignLink(message)),
    ...paragraph(message.text)];
}

function choices(className, options) {
  return element("div", { className: `choices ${className}` }, ...options.map(({ label, more, onclick }) =>
    element("button", { type: "button", className: "choice", onclick, disabled: !onclick }, label ?? "", ...(more ? [element("small", { textContent: more })] : []))));
}

function listed(value) { return Array.isArray(value) ? value : []; }

function pressed(message, one, index) {
  const isAnswer = message.from_me && (one.type ?? "REPLY") === "REPLY";
  return isAnswer ? () => act("press", { ...writer(), target: message.id, choice: one.id ?? String(index + 1) }) : null;
}

function buttonsBody(message) {
  const { text, content } = message, buttons = listed(content.buttonList?.buttons ?? content.buttonActions ?? content.buttons);
  return [...paragraph(text), choices("buttons", buttons.map((one, index) =>
    ({ label: one.label ?? one.buttonText?.displayText, more: one.url ?? one.phone, onclick: pressed(message, one, index) })))];
}

function listBody(message) {
  const { text, content } = message, list = content.optionList ?? {};
  return [...paragraph(text), element("small", { className: "soft", textContent: [list.title, list.buttonLabel].filter(Boolean).join(" · ") }),
    choices("list", listed(list.options).map((one, index) => ({ label: one.title, more: one.description, onclick: pressed(message, one, index) })))];
}

function pollBody(message) {
  const { text, content, votes } = message, many = (content.pollMaxOptions ?? 0) !== 1, mine = votes[authorPhone()] ?? [];
  const mark = (name) => mine.includes(name) ? (many ? "☑" : "●") : (many ? "☐" : "○");
  const count = (name) => { const all = Object.values(votes).filter((one) => one.includes(name)).length; return all ? ` · ${all}` : ""; };
  return [...paragraph(text), element("small", { className: "soft", textContent: many ? "Poll, several answers" : "Poll, one answer" }),
    choices("poll", listed(content.poll ?? content.options).map(({ name }) => ({ label: `${mark(name)} ${name}${count(name)}`, onclick: () => vote(message, name, many) })))];
}

function otherBody({ kind, text, content }) {
  return text ? paragraph(text) : [element("small", { className: "soft", textContent: kind }), element("div", { className: "link", textContent: JSON.stringify(content) })];
}

const BODIES = {
  text: ({ text }) => paragraph(text || " "),
  image: media("img", { alt: "picture" }),
  sticker: media("img", { alt: "sticker" }),
  audio: media("audio", { controls: true, preload: "metadata" }),
  video: media("video", { controls: true, preload: "metadata" }),
  ptv: media("video", { controls: true, preload: "metadata" }),
  gif: media("video", { loop: true, muted: true, autoplay: true }),
  document: (message) => [fileLink(message, message.content.fileName || (message.link ? "document" : foreignLink(message))), ...paragraph(message.text)],
  location: ({ content }) => [...paragraph(`📍 ${content.title ?? content.name ?? ""}`), ...paragraph(content.address),
    element("div", { className: "link", textContent: `${content.latitude}, ${content.longitude}` })],
  contact: ({ content }) => [...paragraph(`👤 ${content.contactName ?? content.displayName ?? ""}`), ...paragraph(content.contactPhone ?? listed(content.phones).join(", "))],
  poll: pollBody, buttons: buttonsBody, list: listBody,
};
