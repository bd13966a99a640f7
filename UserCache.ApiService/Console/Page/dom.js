// What every panel builds its part of the page with. Data goes in as text only, never as markup.

/** @returns {any} the element, which index.html has */
export const byId = id => document.getElementById(id);

export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}

/** @param {string} colour one of the stylesheet's */
export function swatch(colour) {
  const node = el('i', { class: 'swatch' });
  node.style.background = `var(--${colour})`;
  return node;
}

/** Leaves the node alone when nothing changed, so that a selection survives and screen readers stay quiet. */
export function setText(node, text) {
  if (node.textContent !== text) {
    node.textContent = text;
  }
}

export const onSubmit = (form, work) => form.addEventListener('submit', event => {
  event.preventDefault();
  void work();
});

/** Lets a panel do one thing at a time. Nothing is disabled, which would take the focus away. */
export async function whileBusy(panel, work) {
  if (panel.ariaBusy !== 'true') {
    panel.ariaBusy = 'true';
    await work().finally(() => panel.ariaBusy = null);
  }
}
