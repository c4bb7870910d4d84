import { FIRST_PRODUCTS } from '../catalogue/product.js';

const OPTIONS = FIRST_PRODUCTS.map(({ id, name }) => `<option value="${id}">${name}</option>`).join('');

/** What the page says before its script has asked anything. */
export const BODY = `
<header>
  <h1>Django's cache framework in NestJS, on Redis Sentinel</h1>
  <p>This app has a Django project's <code>CACHES</code> pasted into <code>SentinelCacheModule.forRoot()</code>. It caches slow answers,
  counts, and goes on when the primary dies. Everything below is live.</p>
</header>
<main>
  <section aria-labelledby="redis">
    <h2 id="redis">Redis now</h2>
    <p id="state" class="state" role="status"><span id="badge" class="badge">asking</span> <span id="stateText">Asking the demo ...</span></p>
    <div id="nodes" hidden>
      <table>
        <caption>Who is who, as the cache sees it</caption>
        <thead><tr><th scope="col">Role</th><th scope="col">Address</th><th scope="col">State</th></tr></thead>
        <tbody id="rows"></tbody>
      </table>
    </div>
    <h3>What happened</h3>
    <ol id="events"><li>This page was opened.</li></ol>
    <h3>What the sentinels and the connection say</h3>
    <ol id="told"><li>Nothing yet.</li></ol>
  </section>

  <section aria-labelledby="list">
    <h2 id="list">1. A slow answer, cached</h2>
    <p>The products come from a database that takes 0.4 s. Load them twice: the second time they come out of the cache.</p>
    <p><button id="load" type="button">Load the products</button> <span id="loaded" role="status"></span></p>
    <p>The slow query ran <strong id="slowReads">?</strong> times since the demo started.</p>
    <table id="products" hidden>
      <caption>Products</caption>
      <thead><tr><th scope="col">Name</th><th scope="col" class="number">Price</th></tr></thead>
      <tbody id="productRows"></tbody>
    </table>
  </section>

  <section aria-labelledby="write">
    <h2 id="write">2. A write takes it back</h2>
    <p>Change a price and load the products again: a MISS, and the new price is there at once.</p>
    <p class="fields">
      <label>Product <select id="product">${OPTIONS}</select></label>
      <label>New price <input id="price" type="number" min="0" step="0.01" value="9.50"></label>
      <button id="save" type="button">Change the price</button>
    </p>
    <p id="saved" role="status"></p>
  </section>

  <section aria-labelledby="count">
    <h2 id="count">3. A counter</h2>
    <p>One <code>INCR</code> each; no two callers get the same number.</p>
    <p>
      <button id="add" type="button">Count one</button>
      <button id="run" type="button" aria-pressed="false">Count ten a second</button>
      <strong id="value" class="value">?</strong>
    </p>
    <p id="tally" role="status">Nothing counted yet.</p>
  </section>

  <section aria-labelledby="kill">
    <h2 id="kill">4. Kill the primary</h2>
    <div id="withRedis">
      <p>Start &ldquo;Count ten a second&rdquo;, then paste this into a terminal and watch: the counter pauses while the sentinels decide,
      calls that can't be answered in time get a 503 that says whether they were executed, the products still come, and it all goes on by
      itself on the new primary.</p>
      <p class="fields"><code id="line">(asking for the primary)</code> <button id="copy" type="button">Copy</button> <span id="copied" role="status"></span></p>
    </div>
    <p id="withoutRedis" hidden>This demo runs on the memory of its own process (locmem): there is no Redis behind it, and nothing to kill.
    Everything else on this page works the same.</p>
  </section>

  <section class="wide" aria-labelledby="account">
    <h2 id="account">5. Log in and fill a cart</h2>
    <p>Django's sessions on the same Redis: <a href="/account">log in and put something into your cart</a>, then kill the primary.
    You stay logged in, and the cart stays full.</p>
  </section>

  <section class="wide" aria-labelledby="curl">
    <h2 id="curl">By hand</h2>
    <pre id="byHand"></pre>
  </section>
</main>
`;
