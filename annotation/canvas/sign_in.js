// Who is working here. The name goes into every record; a password is asked for where the server wants one.

const REMEMBERED = "handseg.annotator";

// Resolves once `service` has a token that the server knows. Without an `element`, in a dialog over the page.
export async function signIn(element, service, why = "") {
  service.forget = () => localStorage.removeItem(REMEMBERED);
  if (why) service.forget();
  const remembered = JSON.parse(localStorage.getItem(REMEMBERED) || "null");
  if (remembered) {
    Object.assign(service, remembered);
    return;
  }
  const about = await service.json("GET", "/about");
  const dialog = element ? null : document.body.appendChild(document.createElement("dialog"));
  const place = element || dialog;
  if (dialog) dialog.className = "workbench-dialog";
  if (!about.open) {
    place.innerHTML = `<p class="sign-in">${about.closed}</p>`;
    return new Promise(() => {});
  }
  place.innerHTML = `
    <form class="sign-in">
      <h3>Correct masks</h3>
      <p class="why"></p>
      <label>Your name <input name="name" required maxlength="60" autocomplete="username"></label>
      ${about.password ? `<label>Password <input name="password" type="password" required autocomplete="current-password"></label>` : ""}
      <p>Your name goes into the record of every mask you save.</p>
      <button type="submit">Start</button>
    </form>`;
  place.querySelector(".why").textContent = why;
  dialog?.showModal();
  place.querySelector("input").focus();
  return new Promise((resolve) => {
    place.querySelector("form").addEventListener("submit", async (event) => {
      event.preventDefault();
      try {
        const { token, name } = await service.json("POST", "/sign-in", Object.fromEntries(new FormData(event.target)));
        Object.assign(service, { token, name });
        localStorage.setItem(REMEMBERED, JSON.stringify({ token, name }));
        dialog?.remove();
        resolve();
      } catch (error) {
        place.querySelector(".why").textContent = error.message;
      }
    });
  });
}

// Says who is signed in, with a button to sign out; `leave` comes before that.
export function offerSignOut(place, service, leave = () => {}) {
  place.innerHTML = `<span></span> <button type="button">Sign out</button>`;
  place.querySelector("span").textContent = service.name;
  place.querySelector("button").addEventListener("click", async () => {
    await leave();
    service.forget();
    location.reload();
  });
}
