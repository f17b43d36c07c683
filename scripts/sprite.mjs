// Writes web/static/shapes.svg, the sprite of first paints, from the shapes that scripts draw (extension/shared/shapes.js).
// With --check it only says whether the file is the one that it would write.
import { readFileSync, writeFileSync } from 'node:fs';

const { SHAPES } = await import(new URL('../extension/shared/shapes.js', import.meta.url).href);
const target = new URL('../server/dokodemo/web/static/shapes.svg', import.meta.url);

const element = ([tag, attributes]) => `<${tag}${Object.entries(attributes).map(([name, value]) => ` ${name}="${value}"`).join('')}/>`;
const symbol = ([name, parts]) =>
  `  <symbol id="${name}" viewBox="0 0 16 16"><g stroke="currentColor" stroke-width="2">${parts.map(element).join('')}</g></symbol>\n`;
const sprite = `<svg xmlns="http://www.w3.org/2000/svg">\n${Object.entries(SHAPES).map(symbol).join('')}</svg>\n`;

if (process.argv.includes('--check')) {
  process.exitCode = readFileSync(target, 'utf8') === sprite ? 0 : 1;
} else {
  writeFileSync(target, sprite);
}
