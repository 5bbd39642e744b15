// Opens the GraphiQL page in headless Chromium with every other host blocked,
// runs one query and saves a picture of the page.
//
//   npm ci
//   node run.js 'http://127.0.0.1:8080/#token=…' '{ __typename }' page.png
//
// It fails when the page asks for anything from another host, breaks its own
// security policy, throws, leaves the token where it must not be, or shows no
// data within half a minute. CHROMIUM names the browser to use.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import puppeteer from 'puppeteer-core';

const timeout = 30_000; // milliseconds, for each step
const editor = '.graphiql-query-editor .CodeMirror';
const results = '.result-window .CodeMirror';

const [address, query, picture] = process.argv.slice(2);
if (!picture) {
  console.error('usage: node run.js URL QUERY OUTPUT.png');
  process.exit(2);
}

const host = new URL(address).host;
const token = new URLSearchParams(new URL(address).hash.slice(1)).get('token');
const requests = [];
const problems = [];

const profile = await mkdtemp(join(tmpdir(), 'graphiql-check-'));
const browser = await launch();
try {
  const page = await browser.newPage();
  await watch(page);
  await check(page).catch(async (error) => {
    problems.push(error.message);
    await page.screenshot({ path: picture });
  });
} catch (error) {
  problems.push(error.message);
} finally {
  await browser.close();
  await rm(profile, { recursive: true, force: true });
}
report();

function launch() {
  const allowed = [...new Set(['127.0.0.1', new URL(address).hostname])];
  return puppeteer.launch({
    executablePath: process.env.CHROMIUM || '/usr/bin/chromium',
    userDataDir: profile,
    headless: true,
    defaultViewport: { width: 1440, height: 900 },
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      `--host-resolver-rules=MAP * ~NOTFOUND, ${allowed.map((name) => `EXCLUDE ${name}`).join(', ')}`,
    ],
  });
}

// watch notes every request and everything that goes wrong inside the page.
async function watch(page) {
  page.setDefaultTimeout(timeout);
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (url.protocol === 'data:') {
      return;
    }
    url.hash = ''; // never sent, and the token must not be in a build log
    requests.push(`${request.method()} ${url.href.slice(0, 200)}`);
    if (url.host !== host) {
      problems.push(`request to another host: ${url.href.slice(0, 200)}`);
    }
  });
  page.on('response', (response) => {
    if (response.status() >= 400) {
      problems.push(`HTTP ${response.status()} for ${response.url().slice(0, 200)}`);
    }
  });
  page.on('pageerror', (error) => problems.push(`script error: ${error.message}`));
  await page.exposeFunction('noteViolation', (text) => problems.push(`policy violation: ${text}`));
  await page.evaluateOnNewDocument(() => {
    document.addEventListener('securitypolicyviolation', (event) => {
      window.noteViolation(`${event.effectiveDirective} blocked ${event.blockedURI}`);
    });
  });
}

async function check(page) {
  await page.goto(address, { waitUntil: 'load' });
  await named('the editor did not appear', page.waitForSelector(editor));
  await named('the editor did not take the query', typeQuery(page));
  await page.click('.graphiql-execute-button');
  const answer = await named('no answer was shown', answerOf(page));
  if (answer.errors || !answer.data) {
    problems.push(`the query did not succeed: ${JSON.stringify(answer).slice(0, 1000)}`);
  }
  await named('the settings did not open and close', openDialog(page));
  await page.screenshot({ path: picture }); // while the answer is shown
  await named('the examples did not open', openExamples(page));
  await checkToken(page);
}

// named says which step failed; the browser's own message is only a timeout.
function named(failure, step) {
  return step.catch((error) => {
    throw new Error(`${failure}: ${error.message}`);
  });
}

// openDialog opens and closes the settings: the one part of the page that adds
// a style element, which the policy must allow and nothing else may need.
async function openDialog(page) {
  await page.click('.graphiql-sidebar button[data-value="settings"]');
  await page.waitForSelector('.graphiql-dialog', { visible: true });
  await page.keyboard.press('Escape');
  await page.waitForSelector('.graphiql-dialog', { hidden: true });
}

// openExamples opens the saved examples beside the tab that was made here, twice: those
// that are open are not opened again.
async function openExamples(page) {
  const examples = await page.evaluate(async () => (await (await fetch('/graphiql/examples.json')).json()).length);
  for (let time = 0; time < 2; time++) {
    await Promise.all([page.waitForNavigation({ waitUntil: 'load' }), page.click('#examples')]);
    await page.waitForSelector(editor);
    const tabs = await page.$$eval('.graphiql-tab', (all) => all.map((tab) => tab.textContent.trim()));
    const shown = await page.$eval(editor, (element) => element.CodeMirror.getValue());
    if (tabs.length !== examples + 1 || !shown.startsWith('# ')) {
      throw new Error(`${tabs.length} tabs (${tabs}), and in front: ${shown.slice(0, 60)}`);
    }
  }
}

// typeQuery uses a new tab, so that no variables of an example are sent along.
async function typeQuery(page) {
  await page.click('.graphiql-tab-add');
  await page.click(editor);
  await page.keyboard.down('Control');
  await page.keyboard.press('a');
  await page.keyboard.up('Control');
  // As pasted text: key by key, the editor would add its own closing brackets.
  await page.keyboard.sendCharacter(query);
  // GraphiQL parses with a delay; until then it would send the operation name
  // of the text before.
  const parsed = (selector, text) =>
    document.querySelector(selector).CodeMirror.documentAST?.loc.source.body === text;
  await page.waitForFunction(parsed, {}, editor, query);
}

// answerOf waits until the result pane holds a GraphQL answer.
async function answerOf(page) {
  const pane = await page.waitForFunction((selector) => {
    try {
      const answer = JSON.parse(document.querySelector(selector).CodeMirror.getValue());
      return 'data' in answer || 'errors' in answer ? answer : null;
    } catch {
      return null; // empty, or not filled in completely yet
    }
  }, {}, results);
  return pane.jsonValue();
}

// checkToken makes sure that the token is neither in the address nor on disk.
async function checkToken(page) {
  const places = await page.evaluate(() => ({
    address: location.href,
    localStorage: JSON.stringify(localStorage),
  }));
  for (const [place, content] of Object.entries(places)) {
    if (token && content.includes(token)) {
      problems.push(`the token is in the ${place}`);
    }
  }
}

function report() {
  console.log(`${requests.length} requests:\n  ${requests.join('\n  ')}`);
  console.log(problems.length === 0 ? 'ok' : `failed:\n  ${problems.join('\n  ')}`);
  process.exitCode = problems.length === 0 ? 0 : 1;
}
