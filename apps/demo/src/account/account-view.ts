import type { Product } from '../catalogue/product-database.service.js';
import { fill, markup, type Html } from '../pages/html.js';
import { named } from '../pages/language.js';
import { toDocument } from '../pages/plain-page.js';
import type { Texts } from '../pages/texts.en.js';
import { totalOf, type CartRow } from './cart.js';
import type { RedisNow } from './account-settings.js';
import { DEMO_USERS, type DemoUser } from './users.js';

/** All that the account page shows. */
export interface AccountView {
  readonly user: DemoUser | null;
  /** In how many browsers that user is logged in. */
  readonly browsers: number;
  readonly cart: readonly CartRow[];
  readonly products: readonly Product[];
  readonly csrfToken: string;
  /** Who answered when the session was read. */
  readonly answeredBy: string;
  readonly redis: RedisNow;
  readonly texts: Texts;
  readonly isOnRedis: boolean;
  /** Of a login that failed. */
  readonly refusal?: { readonly message: string; readonly name: string };
}

const NOTHING = markup``;

export function accountDocument(view: AccountView): string {
  const { account } = view.texts;
  const content = markup`
  <section aria-labelledby="who">
    <h2 id="who">${account.who}</h2>
    ${view.user ? whoIAm(view, view.user) : loginForm(view)}
    <p>${account.cameFrom} <strong id="answeredBy">${view.answeredBy}</strong>${account.stop}</p>
  </section>
  ${cart(view)}
`;
  return toDocument(account.title, view.texts, view.redis, content);
}

function whoIAm({ csrfToken, browsers, texts: { account } }: AccountView, { fullName, name }: DemoUser): Html {
  const others = browsers - 1;
  const elsewhere = others === 1 ? account.hereAndOne : fill(account.hereAnd, { count: others });
  const where = fill(account.loggedIn, { where: others === 0 ? account.here : elsewhere });
  const endOthers = markup`<form method="post" action="/account/sessions/end-others">${tokenField(csrfToken)}
      <p><button type="submit" class="quiet">${account.logOutOthers}</button></p></form>`;
  return markup`<p>${account.youAre} <strong id="me">${fullName}</strong> (${name})${where}</p>
    <form method="post" action="/account/logout">${tokenField(csrfToken)}<p><button type="submit">${account.logOut}</button></p></form>
    ${others > 0 ? endOthers : NOTHING}`;
}

function loginForm({ csrfToken, refusal, texts: { account } }: AccountView): Html {
  const hints = DEMO_USERS.map(
    ({ name, password }) => markup`<li><code>${name}</code> ${account.with} <code>${password}</code></li>`,
  );
  return markup`<p>${account.notLoggedIn}</p>
    <ul>${hints}</ul>
    ${refusal ? markup`<p id="refusal" class="notice" role="alert">${refusal.message}</p>` : NOTHING}
    <form method="post" action="/account/login" class="stack">${tokenField(csrfToken)}
      <label>${account.name} <input name="name" value="${refusal?.name ?? ''}" required maxlength="150" autocomplete="username"
        autocapitalize="none" spellcheck="false"></label>
      <label>${account.password} <input name="password" type="password" required maxlength="1024" autocomplete="current-password"></label>
      <button type="submit">${account.logIn}</button>
    </form>`;
}

function cart(view: AccountView): Html {
  const { cart: rows, products, csrfToken, user, isOnRedis } = view;
  const { account } = view.texts;
  const options = products.map(
    ({ id, name, price }) => markup`<option value="${id}">${named(view.texts, name)}, ${money(price)}</option>`,
  );
  return markup`<section aria-labelledby="cart">
    <h2 id="cart">${account.cart}</h2>
    ${rows.length > 0 ? cartTable(view) : markup`<p id="empty">${account.nothing}</p>`}
    <form method="post" action="/account/cart/add" class="fields">${tokenField(csrfToken)}
      <label>${account.product} <select name="product">${options}</select></label>
      <button type="submit">${account.add}</button>
    </form>
    <p>${user ? account.ends : account.stays}</p>
    ${isOnRedis ? markup`<p><a href="/#kill">${account.kill}</a></p>` : NOTHING}
  </section>`;
}

function cartTable(view: AccountView): Html {
  const { cart: rows } = view;
  const { account } = view.texts;
  const head = [account.product, account.pieces, account.price];
  const cells = head.map((name, index) => markup`<th scope="col" class="${index > 0 ? 'number' : ''}">${name}</th>`);
  return markup`<div class="scroll" tabindex="0" role="region" aria-label="${account.kept}"><table id="lines">
      <caption>${account.kept}</caption>
      <thead><tr>${cells}<td></td></tr></thead>
      <tbody>${rows.map((row) => cartRow(row, view))}</tbody>
      <tfoot><tr><th scope="row">${account.total}</th><td></td><td id="total" class="number">${money(totalOf(rows))}</td><td></td></tr></tfoot>
    </table></div>`;
}

function cartRow({ product, name, quantity, price }: CartRow, { csrfToken, texts }: AccountView): Html {
  const { gone, remove } = texts.account;
  const shown = name === undefined ? gone : named(texts, name);
  return markup`<tr><th scope="row">${shown}</th><td class="number">${quantity}</td><td class="number">${money(price * quantity)}</td>
      <td class="number"><form method="post" action="/account/cart/remove">${tokenField(csrfToken)}
        <input type="hidden" name="product" value="${product}">
        <button type="submit" class="quiet" aria-label="${remove} ${shown}">${remove}</button></form></td></tr>
`;
}

function tokenField(token: string): Html {
  return markup`<input type="hidden" name="csrfmiddlewaretoken" value="${token}">`;
}

function money(price: number): string {
  return price.toFixed(2);
}
