import { FIRST_PRODUCTS } from '../catalogue/product-database.service.js';
import { policy, toPage } from './document.js';
import { dataBlock, fill, Html, markup } from './html.js';
import { named } from './language.js';
import type { Texts } from './texts.en.js';

/** Forms go nowhere: the script of this page sends everything. */
export const LIVE_POLICY = policy(`'none'`);

/** The live page, before its script has heard anything. */
export function livePage(texts: Texts): string {
  const { page } = texts;
  return toPage({
    lang: texts.lang,
    title: page.title,
    styles: ['uPlot.min.css', 'demo.css'],
    scripts: ['uPlot.min.js', 'live.js'],
    body: markup`${header(texts)}
<main class="live">
  ${now(page)}
  <div class="column">${chart(page)}
  ${events(page)}</div>
  ${ways(page)}
  ${write(texts)}
  ${counter(page)}
  ${account(page)}
  <section class="wide" aria-labelledby="curl">
    <h2 id="curl">${page.handTitle}</h2>
    <pre id="byHand" tabindex="0" aria-labelledby="curl"></pre>
  </section>
</main>
${dataBlock('texts', { ...texts.live, products: texts.products })}`,
  });
}

type Page = Texts['page'];

function header({ page, lang }: Texts): Html {
  const other = lang === 'en' ? 'zh' : 'en';
  return markup`<header>
  <div><h1>nestjs-sentinel-cache</h1><p>${page.tagline}</p></div>
  <nav aria-label="${page.nav}"><a href="/account">${page.account}</a> <a href="/?lang=${other}" lang="${other}" hreflang="${other}">${page.other}</a></nav>
</header>
<noscript><p class="notice">${page.noScript}</p></noscript>`;
}

function now(page: Page): Html {
  return markup`<section aria-labelledby="redis">
    <h2 id="redis">${page.nowTitle}</h2>
    <p id="state" class="state" role="status"><span id="badge" class="badge">…</span> <span id="stateText"></span></p>
    <div id="withRedis">
      <svg id="picture" viewBox="0 0 400 268" role="img" aria-label="${page.picture}"></svg>
      <details><summary>${page.asTable}</summary>
        <div class="scroll" tabindex="0" role="region" aria-label="${page.tableCaption}"><table>
          <caption>${page.tableCaption}</caption>
          <thead><tr><th scope="col">${page.role}</th><th scope="col">${page.address}</th><th scope="col">${page.state}</th></tr></thead>
          <tbody id="rows"></tbody>
        </table></div>
      </details>
      <h3 id="kill">${page.drillTitle}</h3>
      <div id="drill" hidden>
        <p>${page.drillText}</p>
        <div class="buttons">
          <button type="button" data-drill="kill" class="danger">${page.kill}</button>
          <button type="button" data-drill="hang" class="danger">${page.hang}</button>
          <button type="button" data-drill="failover">${page.failover}</button>
          <button type="button" data-drill="bring-back">${page.bringBack}</button>
        </div>
      </div>
      <p id="noDrill" hidden>${page.noDrill} <code id="line"></code></p>
      <p id="drilled" role="status"></p>
    </div>
    <p id="withoutRedis" hidden>${page.withoutRedis}</p>
  </section>`;
}

function chart(page: Page): Html {
  return markup`<section aria-labelledby="minute">
    <p class="figure"><span>${page.figureBefore}</span> <strong id="figure" class="none">–</strong> <span>${page.figureAfter}</span></p>
    <p id="recovery" role="status">${page.figureNone}</p>
    <h2 id="minute">${page.chartTitle}</h2>
    <p id="nowLine" class="soft"></p>
    <p class="legend"><span class="operations">${page.operations}</span> <span class="refused">${page.refused}</span></p>
    <div id="rates" class="chart" role="img" aria-label="${page.chartRates}"></div>
    <p class="legend"><span class="p50">${page.p50}</span> <span class="p99">${page.p99}</span></p>
    <div id="times" class="chart" role="img" aria-label="${page.chartTimes}"></div>
  </section>`;
}

function ways(page: Page): Html {
  const row = (way: string, name: string): Html =>
    markup`<tr id="way-${way}"><th scope="row">${name}</th><td></td><td class="number"></td></tr>`;
  return markup`<section aria-labelledby="list">
    <h2 id="list">${page.waysTitle}</h2>
    <p>${page.waysText}</p>
    <p><button id="load" type="button">${page.ask}</button></p>
    <table id="ways">
      <thead><tr><th scope="col">${page.way}</th><th scope="col">${page.result}</th><th scope="col" class="number">${page.server}</th></tr></thead>
      <tbody>${row('uncached', page.uncached)}${row('page', page.pageCache)}${row('near', page.nearCache)}</tbody>
    </table>
    <p id="loaded" role="status"></p>
    <p class="soft" id="ran" data-text="${page.ran}">${fill(page.ran, { count: '–' })}</p>
  </section>`;
}

function write(texts: Texts): Html {
  const { page } = texts;
  const options = FIRST_PRODUCTS.map(({ id, name }) => markup`<option value="${id}">${named(texts, name)}</option>`);
  return markup`<section aria-labelledby="write">
    <h2 id="write">${page.writeTitle}</h2>
    <p>${page.writeText}</p>
    <div class="fields">
      <label>${page.product} <select id="product">${options}</select></label>
      <label>${page.price} <input id="price" type="number" inputmode="decimal" min="0" step="0.01" value="9.50"></label>
      <button id="save" type="button">${page.save}</button>
    </div>
    <p id="saved" role="status"></p>
    <table id="products" hidden>
      <caption>${page.products}</caption>
      <thead><tr><th scope="col">${page.name}</th><th scope="col" class="number">${page.priceHead}</th></tr></thead>
      <tbody id="productRows"></tbody>
    </table>
  </section>`;
}

function counter(page: Page): Html {
  return markup`<section aria-labelledby="count">
    <h2 id="count">${page.counterTitle}</h2>
    <p>${page.counterText}</p>
    <p><strong id="value" class="value">–</strong></p>
    <div class="buttons">
      <button id="add" type="button">${page.add}</button>
      <button id="run" type="button" aria-pressed="false">${page.run}</button>
    </div>
    <p id="tally" role="status"></p>
  </section>`;
}

function events(page: Page): Html {
  return markup`<section aria-labelledby="happened">
    <h2 id="happened">${page.eventsTitle}</h2>
    <ul id="told" tabindex="0" aria-labelledby="happened"></ul>
  </section>`;
}

function account(page: Page): Html {
  return markup`<section aria-labelledby="account">
    <h2 id="account">${page.accountTitle}</h2>
    <p>${page.accountText}</p>
    <p><a class="button" href="/account">${page.account}</a></p>
  </section>`;
}
