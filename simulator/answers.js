/* What a person does in the open chat, at the other end of it or on the number's own phone. */

const EMOJI = ["👍", "❤️", "😂", "😮"], OWN = "own", EDITABLE = ["text", "image", "video", "document"];
let target = null; /* The message to be answered or changed: `id`, `isEdit`. */

function writer() {
  const author = $("#message [name=author]").value, own = author === OWN, group = openChat.endsWith("-group") ? openChat : "";
  return { phone: group && !own ? author : group ? chosenInstance().phone : openChat, group, own };
}

function authorPhone() { const { own, phone } = writer(); return own ? chosenInstance().phone : phone; }

function isTheirs(message) {
  const { own, group, phone } = writer();
  return own ? message.from_me : !message.from_me && (!group || message.author === phone);
}

function showAuthors(one) {
  const isPerson = ({ phone }) => openChat.endsWith("-group") ? /^\d+$|@lid$/.test(phone) : phone === openChat;
  const authors = [...one.chats.filter(isPerson).map(({ phone, name }) => [phone, name]), [OWN, "the number's own phone"]];
  const select = $("#message [name=author]"), key = JSON.stringify(authors);
  if (select.dataset.key === key) { return; }
  const before = select.dataset.chat === openChat ? select.value : authors[0][0];
  select.replaceChildren(...authors.map(([value, name]) => element("option", { value, textContent: `as ${name}` })));
  select.value = authors.some(([value]) => value === before) ? before : authors[0][0];
  Object.assign(select.dataset, { key, chat: openChat });
}

function aim(message, isEdit = false) {
  target = message && { id: message.id, isEdit };
  $("#target").hidden = !message;
  $("#target span").textContent = message ? `${isEdit ? "Change" : "Answer to"}: ${message.text || message.kind}` : "";
  const input = $("#message [name=content]");
  if (isEdit) { input.value = message.text; }
  if (message) { input.focus(); }
}

async function write(content) {
  const { id, isEdit } = target ?? {};
  if (isEdit ? await act("edit", { ...writer(), target: id, text: content }) : await act("message", { ...writer(), content, quoted: id ?? "" })) {
    $("#message [name=content]").value = "";
    aim(null);
  }
}

async function send(kind) {
  const input = $("#message [name=content]"), text = kind === "image" ? input.value : "";
  if (await act("send", { ...writer(), kind, text }) && text) { input.value = ""; }
}

function react(message, emoji) {
  const before = message.reactions.find((one) => one.phone === authorPhone())?.emoji;
  act("react", { ...writer(), target: message.id, emoji: before === emoji ? "" : emoji });
}

function vote(message, option, isMany) {
  const before = message.votes[authorPhone()] ?? [], others = isMany ? before.filter((one) => one !== option) : [];
  act("vote", { ...writer(), target: message.id, options: before.includes(option) ? others : [...others, option] });
}

function messageActions(message) {
  const row = element("div", { className: "acts", hidden: true });
  const add = (textContent, onclick) => row.append(element("button", { type: "button", textContent, onclick }));
  const open = element("button", { type: "button", className: "more", textContent: "⋯", title: "Answer, react, change or delete", onclick: () => {
    row.hidden = !row.hidden;
    row.replaceChildren();
    add("Answer", () => aim(message));
    for (const emoji of EMOJI) { add(emoji, () => react(message, emoji)); }
    if (isTheirs(message) && !message.deleted) {
      if (EDITABLE.includes(message.kind)) { add("Change", () => aim(message, true)); }
      add("Delete", () => act("revoke", { ...writer(), target: message.id }));
    }
    row.scrollIntoView({ block: "nearest" });
  } });
  return [open, row];
}
