// Who one is here: a guest, or somebody with a name; and the way out.

import * as service from "./client.js";
import { button, confirmed, input, make } from "./dom.js";
import { forgetPhotos } from "./store.js";
import { fault, t } from "./words.js";

export function page() {
  const element = make("div", { className: "page narrow" });
  const said = make("p", { role: "status", className: "hint" });

  async function enter() {
    try {
      const me = await service.me();
      element.replaceChildren(profile(me), ...(me.guest ? [joining("signup"), joining("login")] : []), leaving(me), said);
    } catch (error) {
      element.replaceChildren(make("p", { className: "error", role: "alert", text: fault(error).message }));
    }
  }

  /** Do something, say how it went. */
  async function tried(work, words) {
    said.textContent = "";
    try {
      await work();
      if (words) said.textContent = words;
    } catch (error) {
      const { message, hint } = fault(error);
      said.textContent = `${message} ${hint}`;
    }
  }

  function profile(me) {
    const picture = make("img", { className: "portrait", alt: t("portrait"), width: 96, height: 96, src: "web/icon.svg" });
    if (me.portrait) service.portrait().then((blob) => (picture.src = URL.createObjectURL(blob)), () => {});
    const file = make("input", { type: "file", accept: "image/*", className: "unseen", id: "portrait" });
    file.addEventListener("change", () =>
      tried(async () => {
        const form = new FormData();
        form.append("image", file.files[0]);
        await service.setPortrait(form);
        picture.src = URL.createObjectURL(await service.portrait());
      }, t("saved")),
    );
    const form = make("form", {}, input("nickname", t("nickname"), { value: me.nickname ?? "", maxLength: 64, autocomplete: "nickname" }), make("button", { className: "quiet", text: t("save") }));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      tried(() => service.rename(form.elements.nickname.value.trim() || null), t("saved"));
    });
    const since = t("since", { date: new Date(me.created_at).toLocaleDateString(document.documentElement.lang) });
    const state = make("p", { className: "hint", text: `${t(me.guest ? "me.guest" : "me.known")} ${since}.` });
    return make("section", { className: "panel" }, make("div", { className: "line start" }, picture, make("label", { className: "quiet", htmlFor: "portrait" }, t("portrait.choose"), file)), state, form);
  }

  function joining(way) {
    const secret = { type: "password", required: true, autocomplete: way === "signup" ? "new-password" : "current-password", minLength: way === "signup" ? 10 : 1 };
    const form = make("form", {}, input("name", t("name"), { required: true, maxLength: 64, autocomplete: "username" }), input("password", t(`${way}.password`), secret), make("button", { className: way === "signup" ? "primary" : "quiet", text: t(way) }));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      tried(async () => {
        await service.enter(way, Object.fromEntries(new FormData(form)));
        await enter();
      });
    });
    return make("section", { className: "panel" }, make("h2", { text: t(way) }), make("p", { className: "hint", text: t(`${way}.text`) }), form);
  }

  function leaving(me) {
    const out = async () => {
      await service.leave();
      await gone();
    };
    const erase = async () => {
      if (await confirmed(t("erase.me.ask"), t("yes"), t("no"))) {
        await tried(async () => {
          await service.eraseMe();
          await gone(t("erased"));
        });
      }
    };
    const exit = me.guest ? null : button(t("signout"), out);
    return make("section", { className: "panel" }, make("p", { className: "hint", text: t("erase.me.text") }), make("div", { className: "tools" }, exit, button(t("erase.me"), erase, "quiet danger")));
  }

  async function gone(words = "") {
    await forgetPhotos();
    sessionStorage.clear();
    element.replaceChildren(make("p", { role: "status", text: words }));
    if (!words) location.reload();
  }

  return { element, enter };
}
