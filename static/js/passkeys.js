// Passkeys, in forms that say what for: data-passkey="create" or "get". The answer goes in the form's "credential".
// Without scripts, or where the browser has no passkeys, the forms that only passkeys serve stay hidden.
(() => {
  "use strict";
  if (!window.PublicKeyCredential || !PublicKeyCredential.parseRequestOptionsFromJSON) return;

  // Told beforehand in the page, or asked for when the button is pressed.
  const options = async (form) => {
    const told = form.querySelector("script[type='application/json']");
    if (told) return JSON.parse(told.textContent).publicKey;
    const response = await fetch(form.dataset.options, { headers: { Accept: "application/json" }, cache: "no-store" });
    return (await response.json()).request_options.publicKey;
  };

  const ask = async (form) => {
    const wanted = await options(form);
    if (form.dataset.passkey === "get") {
      return navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(wanted) });
    }
    const resident = form.querySelector("[name=passwordless]");
    if (resident && resident.checked) {
      wanted.authenticatorSelection = {
        ...wanted.authenticatorSelection,
        residentKey: "required",
        requireResidentKey: true,
        userVerification: "required",
      };
    }
    return navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(wanted) });
  };

  for (const form of document.querySelectorAll("form[data-passkey]")) {
    form.hidden = false;
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      try {
        form.querySelector("[name=credential]").value = JSON.stringify((await ask(form)).toJSON());
        form.submit(); // does not come by here again
      } catch {
        form.querySelector("[role=alert]").textContent = "The passkey was not used. Try again, or use another way.";
      }
    });
  }
})();
