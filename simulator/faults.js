/* The switches: made once from their description, then only their values change. */

const switches = new Map();

function showSwitches(groups) {
  $("#faults").replaceChildren(...groups.map((group) => {
    const count = element("span"), rows = group.switches.map(switchRow);
    const made = element("details", {}, element("summary", {}, group.title, count), ...rows);
    for (const { name } of group.switches) { Object.assign(switches.get(name), { count, details: made, group: group.switches }); }
    return made;
  }));
}

function switchRow(one) {
  const help = element("small", { textContent: one.says, hidden: true });
  const ask = element("button", { type: "button", className: "help", textContent: "?", title: one.says, onclick: () => { help.hidden = !help.hidden; } });
  ask.setAttribute("aria-label", `What ${one.name} does`);
  const input = switchInput(one);
  const row = element("div", { className: "switch", title: one.says },
    element("label", {}, ask, element("code", { textContent: one.name })), element("span", { className: "value" }, ...input.parts), help);
  switches.set(one.name, { row, input, off: JSON.stringify(one.default) });
  return row;
}

/* Give the elements of a switch, and how to put a value into them. */
function switchInput({ name, default: usual, choices: values }) {
  const send = (value) => post("faults", { [name]: value });
  const label = (input) => { input.setAttribute("aria-label", name); return input; };
  if (typeof usual === "boolean") {
    const box = label(element("input", { type: "checkbox", onchange: () => send(box.checked) }));
    return { parts: [box], put: (value) => { box.checked = value; } };
  }
  if (Array.isArray(usual)) { return namesInput(name, send); }
  const input = values.length
    ? element("select", {}, ...[...new Set([usual, ...values])].map((value) => element("option", { value, textContent: value || "off" })))
    : element("input", typeof usual === "number" ? { type: "number", step: "any", min: 0 } : {});
  input.onchange = () => send(typeof usual === "number" ? Number(input.value) : input.value);
  return { parts: [label(input)], put: (value) => { input.value = value; } };
}

function namesInput(name, send) {
  const box = element("input", { type: "checkbox", onchange: () => send(box.checked) });
  const input = element("input", { placeholder: "some", onchange: () => send(input.value.split(/[\s,]+/).filter(Boolean)) });
  box.setAttribute("aria-label", `${name}: all`);
  input.setAttribute("aria-label", `${name}: these`);
  input.setAttribute("list", "names");
  const put = (value) => { box.checked = value.length > 0; input.value = value.join(" "); };
  return { parts: [input, box], put };
}

let shownFaults = "";
function showFaults() {
  const now = JSON.stringify(state.faults);
  if (now === shownFaults || !switches.size) { return; }
  shownFaults = now;
  const isOn = (name) => JSON.stringify(state.faults[name]) !== switches.get(name).off;
  for (const [name, { row, input, count, group, details }] of switches) {
    input.put(state.faults[name]);
    row.classList.toggle("on", isOn(name));
    const on = group.filter((one) => isOn(one.name)).length;
    count.textContent = on ? `${on} changed` : "";
    if (on) { details.open = true; }
  }
}
