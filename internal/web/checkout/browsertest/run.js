// Pays on the checkout page in headless Chromium with every other host blocked: by keyboard
// alone and with scripts off, on a small screen and a large one, and has each page checked
// for what people with disabilities need (WCAG 2.2 AA, as far as axe-core can tell).
//
//   npm ci
//   node run.js '{"choose": "http://127.0.0.1:8080/checkout/…", "second": "…"}' [DIRECTORY]
//
// It fails when a page asks for anything from another host, breaks its own security policy,
// is wider than the screen, fails a rule, or does not come to what it should. With a
// directory it saves pictures there. CHROMIUM names the browser to use.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import axe from 'axe-core';
import puppeteer from 'puppeteer-core';

const [input, pictures] = process.argv.slice(2);
const links = JSON.parse(input || '{}');
if (!links.choose || !links.second) {
  console.error('usage: node run.js LINKS [DIRECTORY]');
  process.exit(2);
}
const host = new URL(links.choose).host;
const small = { width: 390, height: 844, deviceScaleFactor: 1, isMobile: true, hasTouch: true };
const large = { width: 1200, height: 760 };
const problems = [];
const seen = [];

const profile = await mkdtemp(join(tmpdir(), 'checkout-check-'));
const browser = await puppeteer.launch({
  executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
  userDataDir: profile,
  headless: true,
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
  ],
});
try {
  await withoutScripts();
  await withScripts();
} catch (error) {
  problems.push(error.message);
} finally {
  await browser.close();
  await rm(profile, { recursive: true, force: true });
}
console.log(`${seen.length} pages:\n  ${seen.join('\n  ')}`);
console.log(problems.length === 0 ? 'ok' : `failed:\n  ${problems.join('\n  ')}`);
process.exitCode = problems.length === 0 ? 0 : 1;

// open opens a page and watches over what it does.
async function open(viewport) {
  const page = await browser.newPage();
  page.setDefaultTimeout(20_000);
  await page.setViewport(viewport);
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (url.host !== host) {
      problems.push(`request to another host: ${url.href.slice(0, 200)}`);
    }
  });
  page.on('console', (message) => {
    if (message.type() === 'error' && !/status of 422/.test(message.text())) {
      problems.push(`${message.text().slice(0, 300)} at ${message.location().url}`);
    }
  });
  page.on('pageerror', (error) => problems.push(`script error: ${error.message}`));
  return page;
}

// withoutScripts pays by keyboard alone: a gateway, a wrong code, the right one.
async function withoutScripts() {
  const page = await open(small);
  await page.setJavaScriptEnabled(false);
  await page.goto(links.choose);
  await shows(page, 'How do you want to pay?');
  await picture(page, 'checkout-mobile.png');
  await tabTo(page, 'input[name=gateway]');
  await next(page, () => page.keyboard.press('Enter'));
  await shows(page, 'Pay EUR');
  await tabTo(page, 'input[name="form.paymentToken"]');
  await page.keyboard.type('tok_otp');
  await next(page, () => page.keyboard.press('Enter'));
  await shows(page, 'Enter the code');
  await page.waitForSelector('#code:focus');
  await page.keyboard.type('000000');
  await next(page, () => page.keyboard.press('Enter'));
  await shows(page, 'That is not the code.');
  await page.waitForSelector('#code:focus[aria-invalid=true]');
  await page.keyboard.type('123456');
  await next(page, () => page.keyboard.press('Enter'));
  await shows(page, 'were paid');
  await page.close();
}

// withScripts has every page checked, in both colour schemes: declined, to the provider and
// back, paid.
async function withScripts() {
  const page = await open(large);
  await page.goto(links.second);
  await shows(page, 'Pay EUR');
  await check(page);
  await picture(page, 'checkout.png');
  await next(page, () => page.click('button'));
  await check(page);
  await page.type('input[name="form.paymentToken"]', 'tok_soft_decline');
  await next(page, () => page.click('button'));
  await shows(page, 'The last try did not work.');
  await check(page);
  await next(page, () => page.click('button'));
  await page.type('input[name="form.paymentToken"]', 'tok_otp');
  await next(page, () => page.click('button'));
  await page.type('#code', '000000');
  await next(page, () => page.click('button'));
  await shows(page, 'That is not the code.');
  await check(page);
  await next(page, () => page.click('.plain'));
  await next(page, () => page.click('button'));
  await page.type('input[name="form.paymentToken"]', 'tok_redirect');
  await next(page, () => page.click('button'));
  await shows(page, 'Confirm at your provider');
  await check(page);
  await next(page, () => page.click('a.button'));
  await check(page);
  await next(page, () => page.click('a.button'));
  await shows(page, 'were paid');
  await check(page);
  await page.goBack();
  await page.goto(links.second);
  await shows(page, 'were paid');
  await page.close();
}

async function next(page, act) {
  await Promise.all([page.waitForNavigation(), act()]);
}

// shows fails unless the page has the text, and fits the screen.
async function shows(page, text) {
  const { body, width, room, title } = await page.evaluate(() => ({
    body: document.body.innerText,
    title: document.title,
    width: document.documentElement.scrollWidth,
    room: document.documentElement.clientWidth,
  }));
  seen.push(title);
  if (!body.includes(text)) {
    throw new Error(`no ${JSON.stringify(text)} in ${JSON.stringify(body.slice(0, 600))}`);
  }
  if (width > room) {
    problems.push(`the page ${title} is ${width} wide on a screen of ${room}`);
  }
}

// tabTo goes on by the tabulator until the element has the focus.
async function tabTo(page, selector) {
  for (let i = 0; i < 12; i++) {
    await page.keyboard.press('Tab');
    if (await page.$(`${selector}:focus`)) {
      return;
    }
  }
  throw new Error(`the tabulator does not come to ${selector}`);
}

// check runs the rules of axe-core, in light and dark, on both sizes, and fails a page that
// does not fit a window of 320 pixels, which is what enlarging to 400 % leaves (WCAG 1.4.10).
async function check(page) {
  await page.evaluate(axe.source);
  for (const [viewport, scheme] of [[large, 'light'], [small, 'dark'], [large, 'dark'], [small, 'light'], [large, 'light']]) {
    await page.setViewport({ ...viewport, isMobile: false, hasTouch: false });
    await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }, { name: 'prefers-reduced-motion', value: 'reduce' }]);
    const found = await page.evaluate(() => window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }));
    for (const fault of found.violations) {
      problems.push(`${await page.title()}, ${scheme}: ${fault.id}: ${fault.nodes.map((n) => n.html).join(' | ').slice(0, 300)}`);
    }
  }
  await page.setViewport({ width: 320, height: 640 });
  const width = await page.evaluate(() => document.documentElement.scrollWidth);
  if (width > 320) {
    problems.push(`the page ${await page.title()} is ${width} wide on a screen of 320`);
  }
  await page.setViewport(large);
}

async function picture(page, name) {
  if (pictures) {
    await page.screenshot({ path: join(pictures, name), fullPage: true });
  }
}
