// @ts-check
// The few helpers that every panel builds its part of the page with. Data goes in as text only, never as markup.

/**
 * @param {string} id an id that index.html has
 * @returns {any} the element; `any`, because each caller knows which kind it is
 */
export function byId(id) {
  const node = document.getElementById(id);
  if (!node) {
    throw new Error(`index.html has no element #${id}.`);
  }
  return node;
}

/**
 * @param {string} tag
 * @param {Record<string, string | number | boolean | null>} [attributes] null and false leave the attribute out
 * @param {...(Node | string | null)} children null is left out
 */
export function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== false) {
      node.setAttribute(name, value === true ? '' : String(value));
    }
  }
  node.append(...children.filter(child => child !== null));
  return node;
}

/**
 * Leaves the node alone when nothing changed, so that a selection survives and screen readers stay quiet.
 * @param {Node} node
 * @param {string} text
 */
export function setText(node, text) {
  if (node.textContent !== text) {
    node.textContent = text;
  }
}

/**
 * Keeps a button disabled while its request is under way, and gives it the focus back that disabling took.
 * @param {HTMLButtonElement} button
 * @param {HTMLElement} panel marked as busy meanwhile
 * @param {() => Promise<void>} work
 */
export async function whileBusy(button, panel, work) {
  const hadFocus = document.activeElement === button;
  button.disabled = true;
  panel.setAttribute('aria-busy', 'true');
  try {
    await work();
  } finally {
    button.disabled = false;
    panel.removeAttribute('aria-busy');
    if (hadFocus && (document.activeElement === document.body || document.activeElement === null)) {
      button.focus();
    }
  }
}
