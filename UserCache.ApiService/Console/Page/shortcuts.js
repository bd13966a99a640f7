// @ts-check
// The keyboard's shortcuts and the help that lists them.

import { byId } from './dom.js';

/** @param {{ fireBurst: () => void }} actions */
export function listenForShortcuts({ fireBurst }) {
  const help = byId('help-dialog');
  const shortcuts = {
    '/': () => {
      byId('lookup-id').focus();
      byId('lookup-id').select();
    },
    'b': fireBurst,
    '?': () => help.showModal(),
  };

  byId('help-button').addEventListener('click', () => help.showModal());
  document.addEventListener('keydown', event => {
    const action = shortcuts[event.key];
    if (!action || event.ctrlKey || event.metaKey || event.altKey || event.repeat || help.open || isTyping(event.target)) {
      return;
    }
    event.preventDefault();
    action();
  });
}

/** @param {EventTarget | null} target */
function isTyping(target) {
  return target instanceof HTMLElement && (target.isContentEditable || target.closest('input, textarea, select') !== null);
}
