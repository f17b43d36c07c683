/** A page that could not be shown looks again by itself, with a countdown that can be stopped; nothing is sent twice. */

import { dataOf, text } from './words.js';

const place = document.getElementById('retry');
const said = document.getElementById('retry-said');
const stop = document.getElementById('retry-stop');
const EVERY = Number(dataOf('retry-data')?.seconds) || 30;

if (place && said && stop) {
  place.hidden = false;
  let left = EVERY;
  let note = '';
  /** @param {string} sentence */
  const say = (sentence) => { said.textContent = sentence; };
  const look = async () => {
    say(text('error.retrying'));
    try {
      const answer = await fetch('/readyz', { cache: 'no-store' });
      if (answer.ok) {
        location.reload();
        return;
      }
    } catch (error) { // the server is out of reach: this page stays, and looks again
      console.info('not yet', error);
    }
    note = text('error.still_away');
    left = EVERY;
  };
  const timer = window.setInterval(() => {
    left -= 1;
    if (left === 0) void look();
    else if (left > 0) say(`${note}${text('error.retry', { seconds: left })}`);
  }, 1000);
  say(text('error.retry', { seconds: left }));
  stop.addEventListener('click', () => {
    window.clearInterval(timer);
    say(text('error.retry_stopped'));
    stop.hidden = true;
  });
}
