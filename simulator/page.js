/* The page: looks every second, and has the gateway do what a person does at the phone or in the panel. */

const $ = (query) => document.querySelector(query);
const POLLS = new Set(["status", "me", "device", "queue", "queue/count"]);
let seen = 0, rows = [], state = { instances: [], faults: {} }, chosen = location.hash.slice(1), filters = {};

function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

function time(seconds) { return new Date(seconds * 1000).toLocaleTimeString("en-GB"); }

async function post(path, body = {}) {
  const response = await fetch("/_control/" + path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  const answer = await response.json();
  if (!response.ok) { $("#notice").textContent = answer.error; }
  await refresh();
  return response.ok ? answer : null;
}

async function act(action, body) {
  const answer = await post(`${chosen}/${action}`, body);
  if (!answer) { return null; }
  const posts = answer.callbacks.map((one) => `${one.type} → ${one.status || one.failure} in ${Math.round(one.seconds * 1000)} ms`);
  $("#notice").textContent = posts.join(" · ") || "Done, no callback posted.";
  return answer;
}

function shortened(url) { return url.replace(/(https?:\/\/[^\s]*\/)([^\s/]{4})[^\s/]+$/, "$1$2…"); }

function showInstances() {
  if (!state.instances.some((one) => one.id === chosen)) { chosen = state.instances[0]?.id ?? ""; }
  $("#instances").replaceChildren(...state.instances.map((one) => {
    const button = element("button", { onclick: () => { chosen = location.hash = one.id; refresh(); } },
      element("span", { className: "dot" }), one.name, element("small", { textContent: `${one.state.replace("_", " ")} · ${one.phone}` }));
    button.setAttribute("aria-current", one.id === chosen);
    return element("li", { className: one.state }, button);
  }));
}

function fact(name, value) {
  return [element("dt", { textContent: name }), element("dd", { textContent: value || "not set", title: value, className: value ? "" : "unset" })];
}

function blocked(one) { return { messageFilters: one.message_filters, callbackTypeFilters: one.settings.callbackTypeFilters }; }

function shortName(filter) { return filter.replace("FILTER_", "").replaceAll("_", " ").toLowerCase(); }

function showChosen(one) {
  $("#name").textContent = one.name;
  $("#id").textContent = one.id;
  $("#state").className = one.state;
  $("#state span").textContent = one.state.replace("_", " ");
  const on = Object.values(blocked(one)).flat();
  $("#facts").replaceChildren(...fact("phone", one.phone), ...fact("queue", `${one.queue} waiting`),
    ...Object.entries(one.webhooks).flatMap(([name, url]) => fact(name, shortened(url))),
    ...fact("own messages", one.settings.receiveCallbackSentByMe ? "reported" : "not reported"),
    ...fact("filters", on.map(shortName).join(", ") || "none"),
    ...fact("Client-Token", state.client_token_active ? "needed" : "not needed"));
  for (const box of document.querySelectorAll("#filters input")) { box.checked = on.includes(box.name); }
  const select = $("#webhook select");
  if (select.length === 1) { select.append(...Object.keys(one.webhooks).map((name) => element("option", { textContent: name, value: name }))); }
}

function showFilters() {
  $("#filters").append(...Object.entries(filters).flatMap(([list, names]) => names.map((name) => element("label", { title: name },
    element("input", { type: "checkbox", name, onchange: ({ target }) => block(list, name, target.checked) }), ` ${shortName(name)}`))));
}

function block(list, name, isBlocked) {
  const others = blocked(chosenInstance())[list].filter((one) => one !== name);
  act("filters", { [list]: isBlocked ? [...others, name] : others });
}

function chosenInstance() { return state.instances.find((one) => one.id === chosen); }

function text(value) { return value === null || value === "" ? "" : typeof value === "string" ? value : JSON.stringify(value); }

function logRow(one) {
  const good = one.status >= 200 && one.status < 300;
  const row = element("tr", { onclick: () => row.classList.toggle("open") },
    element("td", { className: "time", textContent: time(one.at) }),
    element("td", { className: "instance", textContent: state.instances.find((instance) => instance.id === one.instance_id)?.name ?? "unknown", title: one.instance_id }),
    element("td", { className: "way", textContent: one.direction === "in" ? "→ in" : "out →" }),
    element("td", { className: "route", textContent: one.direction === "in" ? `${one.method} ${one.path}` : one.path, title: one.webhook }),
    element("td", { className: `status ${good ? "good" : "bad"}`, textContent: one.status || "none" }),
    element("td", { className: "ms", textContent: `${Math.round(one.seconds * 1000)} ms` }),
    element("td", { className: "body", textContent: text(one.request) }),
    element("td", { className: "body", textContent: text(one.answer) }));
  row.hidden = one.direction === "in" && POLLS.has(one.path) && one.method === "GET" && good && $("#quiet").checked;
  return row;
}

function show() {
  showInstances();
  const one = chosenInstance();
  if (one) { showChosen(one); showChats(one); }
  showFaults();
}

async function refresh() {
  const response = await fetch(`/_control/state?since=${seen}`);
  state = await response.json();
  // A refresh after a click may overlap with the one of the clock.
  state.exchanges = state.exchanges.filter((one) => one.number > seen);
  seen = state.count;
  rows = [...state.exchanges.toReversed(), ...rows].slice(0, 300);
  if (state.exchanges.length) { $("#log").prepend(...state.exchanges.toReversed().map(logRow)); }
  while ($("#log").rows.length > 300) { $("#log").deleteRow(-1); }
  show();
  if (chosenInstance() && openChat) { await refreshMessages(); }
}

async function describe() {
  const described = await (await fetch("/_control/switches")).json();
  filters = described.filters;
  showSwitches(described.groups);
  showFilters();
  $("#kinds").append(...Object.entries(described.kinds).map(([label, kinds]) => element("optgroup", { label }, ...kinds.map((value) => element("option", { value, textContent: value })))));
  $("#names").append(...["*", "send-*", "status", "me", "update-webhook-*", "phone-exists-batch"].map((value) => element("option", { value })));
}

function values(form) { return Object.fromEntries(new FormData(form)); }

$("#phone-actions").onclick = ({ target }) => { if (target.dataset.action) { act(target.dataset.action); } };
$("#message").onsubmit = (event) => {
  event.preventDefault();
  write(values(event.target).content);
};
$("#message").onclick = ({ target: { dataset } }) => { if (dataset.kind) { send(dataset.kind); } };
$("#message [name=author]").onchange = () => { shownChat = ""; aim(null); refreshMessages(); };
$("#target button").onclick = () => aim(null);
$("#kinds").onchange = ({ target: select }) => {
  if (select.value) { send(select.value); }
  select.value = "";
};
$("#new-chat form").onsubmit = async (event) => {
  event.preventDefault();
  const message = values(event.target);
  if (!await act("message", message)) { return; }
  event.target.reset();
  $("#new-chat").open = false;
  choose(message.phone);
  await refresh();
};
$("#webhook").onsubmit = (event) => {
  event.preventDefault();
  const { url, webhook } = values(event.target);
  act("webhook", { url, webhooks: webhook ? [webhook] : [] });
};
$("#client-token").onsubmit = async (event) => {
  event.preventDefault();
  const { value } = values(event.target);
  if (value && await post("client_token", { value })) { $("#notice").textContent = "The Client-Token has changed."; }
};
$("#draw").onclick = () => {
  const drawn = crypto.getRandomValues(new Uint8Array(16));
  $("#client-token input").value = `F${Array.from(drawn, (one) => one.toString(16).padStart(2, "0")).join("")}S`;
};
$("#no-token").onclick = () => post("client_token", { value: null });
$("#clear").onclick = () => post("faults", { clear: true });
$("#reset").onclick = () => { rows = []; $("#log").replaceChildren(); post("reset_log"); };
$("#quiet").onchange = () => $("#log").replaceChildren(...rows.map(logRow));

async function forever() {
  try {
    if (!switches.size) { await describe(); }
    await refresh();
  } catch { $("#notice").textContent = "The simulator does not answer."; }
  setTimeout(forever, 1000);
}
forever();
