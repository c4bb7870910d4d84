import type { Product } from '../catalogue/product.js';
import { markup, type Html } from '../public/html.js';
import { toDocument, type RedisNow } from './account-document.js';
import { totalOf, type CartRow } from './cart.js';
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
  readonly isOnRedis: boolean;
  /** Of a login that failed. */
  readonly refusal?: { readonly message: string; readonly name: string };
}

const NOTHING = markup``;
const KILL = markup`<a href="/#kill">Kill the primary</a>: it is still there.`;

export function accountDocument(view: AccountView): string {
  const content = markup`
  <section aria-labelledby="who">
    <h2 id="who">Who I am</h2>
    ${view.user ? whoIAm(view, view.user) : loginForm(view)}
    <p>Your session came from <strong id="answeredBy">${view.answeredBy}</strong>.</p>
  </section>
  ${cart(view)}
`;
  return toDocument('Your account', view.redis, content);
}

function whoIAm({ csrfToken, browsers }: AccountView, { fullName, name }: DemoUser): Html {
  const others = browsers - 1;
  const where = others === 0 ? 'here' : `here and in ${others} other browser${others === 1 ? '' : 's'}`;
  const endOthers = markup`<form method="post" action="/account/sessions/end-others">${tokenField(csrfToken)}
      <p><button type="submit" class="quiet">Log out everywhere else</button></p></form>`;
  return markup`<p>You are <strong id="me">${fullName}</strong> (${name}), logged in ${where}.</p>
    <form method="post" action="/account/logout">${tokenField(csrfToken)}<p><button type="submit">Log out</button></p></form>
    ${others > 0 ? endOthers : NOTHING}`;
}

function loginForm({ csrfToken, refusal }: AccountView): Html {
  const hints = DEMO_USERS.map(({ name, password }) => markup`<li><code>${name}</code> with <code>${password}</code></li>`);
  return markup`<p>You are not logged in. This demo knows:</p>
    <ul>${hints}</ul>
    ${refusal ? markup`<p id="refusal" class="notice" role="alert">${refusal.message}</p>` : NOTHING}
    <form method="post" action="/account/login" class="stack">${tokenField(csrfToken)}
      <label>Name <input name="name" value="${refusal?.name ?? ''}" required maxlength="150" autocomplete="username"
        autocapitalize="none" spellcheck="false"></label>
      <label>Password <input name="password" type="password" required maxlength="1024" autocomplete="current-password"></label>
      <button type="submit">Log in</button>
    </form>`;
}

function cart({ cart: rows, products, csrfToken, user, isOnRedis }: AccountView): Html {
  const options = products.map(({ id, name, price }) => markup`<option value="${id}">${name}, ${money(price)}</option>`);
  const whose = user ? 'It ends with your session: log out, and it is gone.' : 'It stays yours when you log in.';
  return markup`<section aria-labelledby="cart">
    <h2 id="cart">My cart</h2>
    ${rows.length > 0 ? cartTable(rows, csrfToken) : markup`<p id="empty">Nothing in it yet.</p>`}
    <form method="post" action="/account/cart/add" class="fields">${tokenField(csrfToken)}
      <label>Product <select name="product">${options}</select></label>
      <button type="submit">Add to cart</button>
    </form>
    <p>${whose} ${isOnRedis ? KILL : NOTHING}</p>
  </section>`;
}

function cartTable(rows: readonly CartRow[], csrfToken: string): Html {
  return markup`<table id="lines">
      <caption>Kept in your session</caption>
      <thead><tr><th scope="col">Product</th><th scope="col" class="number">Pieces</th><th scope="col" class="number">Price</th>
        <td></td></tr></thead>
      <tbody>${rows.map((row) => cartRow(row, csrfToken))}</tbody>
      <tfoot><tr><th scope="row">Total</th><td></td><td id="total" class="number">${money(totalOf(rows))}</td><td></td></tr></tfoot>
    </table>`;
}

function cartRow({ product, name, quantity, price }: CartRow, csrfToken: string): Html {
  return markup`<tr><th scope="row">${name}</th><td class="number">${quantity}</td><td class="number">${money(price * quantity)}</td>
      <td class="number"><form method="post" action="/account/cart/remove">${tokenField(csrfToken)}
        <input type="hidden" name="product" value="${product}">
        <button type="submit" class="quiet" aria-label="Remove ${name}">Remove</button></form></td></tr>
`;
}

function tokenField(token: string): Html {
  return markup`<input type="hidden" name="csrfmiddlewaretoken" value="${token}">`;
}

function money(price: number): string {
  return price.toFixed(2);
}
