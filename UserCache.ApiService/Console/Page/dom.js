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

/** Keeps a button disabled while its request is under way, and gives it the focus back that disabling took. */
export async function whileBusy(button, panel, work) {
  if (button.disabled) {
    return;
  }
  const hadFocus = document.activeElement === button;
  button.disabled = true;
  panel.setAttribute('aria-busy', 'true');
  await work().finally(() => button.disabled = false);
  panel.removeAttribute('aria-busy');
  if (hadFocus && document.activeElement === document.body) {
    button.focus();
  }
}
