import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, test } from "node:test";
import { Device } from "./device";
import { open, type Shown, tap, until } from "./screen";

const PHOTO = process.env["FITTING_ROOM_PERSON"] ?? "";
const GARMENT = process.env["FITTING_ROOM_GARMENT"] ?? "";
const TRYON = "pages/fitting/fitting";

// A page that waits for its next question would keep the process alive.
after(() => setTimeout(() => process.exit(), 200).unref());

async function fitting(device: Device): Promise<Shown> {
  const page = open(device, TRYON);
  await page["onLoad"]();
  return page;
}

async function chosen(device: Device): Promise<Shown> {
  const page = await fitting(device);
  page["pick"](tap({ role: "person", id: page.data["people"][0].id }));
  page["pick"](tap({ role: "garment", id: page.data["shown"][0].id }));
  return page;
}

const isPicture = (path: string): boolean => readFileSync(path).subarray(0, 2).toString("hex") === "ffd8";

test("a try-on of presets, from the tap to the album", async () => {
  const device = new Device();
  const page = await chosen(device);
  assert.ok(page.data["people"].length >= 3);
  await page["putOn"]();
  assert.equal(page.data["wrong"], "");
  assert.equal(page.data["busy"], false);
  const id = device.visited[0]?.split("id=")[1];
  assert.ok(id);

  const result = open(device, "pages/result/result");
  await result["onLoad"]({ id });
  assert.ok(isPicture(result.data["path"]));
  await result["save"]();
  assert.deepEqual(device.album, [result.data["path"]]);
  assert.deepEqual(device.toasts, ["Saved"]);
  assert.equal(result["onShareAppMessage"]().imageUrl, result.data["path"]);

  device.albumAllowed = false;
  await result["save"]();
  assert.equal(device.settingsOpened, 1);
});

test("own photos of both", async () => {
  const device = new Device();
  const page = await fitting(device);
  await page["choose"](tap({ role: "person" }));
  assert.equal(page.data["person"], null, "the user thought better of it");
  device.photo = PHOTO;
  await page["choose"](tap({ role: "person" }));
  device.photo = GARMENT;
  await page["choose"](tap({ role: "garment" }));
  await page["putOn"]();
  assert.equal(page.data["wrong"], "");
  assert.equal(device.visited.length, 1);
});

test("garments in tabs, and a second tap takes the choice back", async () => {
  const page = await fitting(new Device());
  for (const category of ["lower", "dress", "upper"]) {
    page["pickCategory"](tap({ name: category }));
    assert.ok(page.data["shown"].length > 0, category);
    assert.ok(page.data["shown"].every((one: { category: string }) => one.category === category));
  }
  const id = page.data["shown"][0].id as string;
  page["pick"](tap({ role: "garment", id }));
  assert.equal(page.data["garment"].id, id);
  page["pick"](tap({ role: "garment", id }));
  assert.equal(page.data["garment"], null);
});

test("nothing is begun before both are chosen", async () => {
  const device = new Device();
  const page = await fitting(device);
  await page["putOn"]();
  assert.ok(!device.requests.includes("POST /v1/tryon"));
});

test("a garment instead of a person is explained", async () => {
  const device = new Device();
  const page = await chosen(device);
  device.photo = GARMENT;
  await page["choose"](tap({ role: "person" }));
  await page["putOn"]();
  assert.match(page.data["wrong"], /shoulders and hips/);
  assert.equal(device.storage.has("fitting-room.tryon"), false, "it is not tried again for ever");
});

test("a lost answer makes no second job", async () => {
  const device = new Device();
  const page = await chosen(device);
  await page["putOn"]();
  device.losing = 1;
  await page["putOn"]();
  assert.equal(page.data["wrong"], "");
  assert.equal(device.requests.filter((one) => one === "POST /v1/tryon").length, 3);
  const history = open(device, "pages/history/history");
  await history["refresh"]();
  assert.equal(history.data["entries"].length, 2);
});

test("who leaves and comes back finds the job again", async () => {
  const device = new Device();
  const page = await chosen(device);
  const left = page["putOn"]() as Promise<void>;
  await until(() => Boolean((device.storage.get("fitting-room.tryon") as { jobId?: string })?.jobId), "it began");
  page["onHide"]();
  await left;
  assert.deepEqual(device.visited, []);

  const reopened = open(device, TRYON); // WeChat ended it meanwhile
  await reopened["onLoad"]();
  await until(() => device.visited.length === 1, "the result is shown");
  assert.equal(device.requests.filter((one) => one === "POST /v1/tryon").length, 1);
});

test("a connection that breaks is waited for", async () => {
  const device = new Device();
  const page = await chosen(device);
  const running = page["putOn"]() as Promise<void>;
  await until(() => Boolean((device.storage.get("fitting-room.tryon") as { jobId?: string })?.jobId), "it began");
  device.online = false;
  await until(() => /No connection/.test(page.data["stage"]), "the user is told");
  device.online = true;
  await running;
  assert.equal(device.visited.length, 1);
});

test("a job can be canceled", async () => {
  const device = new Device();
  const page = await chosen(device);
  const running = page["putOn"]() as Promise<void>;
  await until(() => Boolean((device.storage.get("fitting-room.tryon") as { jobId?: string })?.jobId), "it began");
  await page["cancel"]();
  await running;
  assert.equal(page.data["busy"], false);
  assert.deepEqual(device.visited, []);
  assert.equal(device.storage.has("fitting-room.tryon"), false);
});

test("an avatar, with before and after", async () => {
  const device = new Device();
  const page = open(device, "pages/index/index");
  await page["onLoad"]();
  assert.ok(page.data["styles"].some((one: { name: string }) => one.name === "cel"));
  await page["draw"]();
  assert.ok(!device.requests.includes("POST /v1/anime"), "nobody is chosen yet");
  device.photo = PHOTO;
  await page["choose"]();
  page["pickStyle"](tap({ name: "ink" }));
  page["slide"]({ currentTarget: { dataset: { name: "strength" } }, detail: { value: 60 } });
  page["slide"]({ currentTarget: { dataset: { name: "eyes" } }, detail: { value: 25 } });
  await page["draw"]();
  await until(() => page.data["drawn"] !== "" || page.data["wrong"] !== "", "it is drawn");
  assert.equal(page.data["wrong"], "");
  assert.ok(isPicture(page.data["drawn"]));
  page["open"]();
  assert.match(device.visited[0] ?? "", /result\?id=/);
});

test("history: filter, open, delete", async () => {
  const device = new Device();
  const page = await chosen(device);
  await page["putOn"]();
  const avatar = open(device, "pages/index/index");
  await avatar["onLoad"]();
  avatar["pickPerson"](tap({ id: avatar.data["people"][0].id }));
  await avatar["draw"]();

  const history = open(device, "pages/history/history");
  await history["onShow"]();
  assert.equal(history.data["shown"].length, 2);
  assert.ok(history.data["shown"].every((one: { path: string }) => isPicture(one.path)));
  history["pickFilter"](tap({ name: "anime" }));
  assert.equal(history.data["shown"].length, 1);
  const id = history.data["shown"][0].id as string;
  device.confirms = false;
  history["erase"](tap({ id }));
  assert.equal(history.data["shown"].length, 1, "not sure");
  device.confirms = true;
  history["erase"](tap({ id }));
  await until(() => history.data["shown"].length === 0, "it is gone");
  await history["onReachBottom"]();
  assert.equal(history.data["entries"].length, 1);
});

test("a guest who logs in keeps what they made", async () => {
  const device = new Device();
  device.loginCode = `phone-${Date.now()}`;
  const page = await chosen(device);
  await page["putOn"]();

  const my = open(device, "pages/my/my");
  await my["onShow"]();
  assert.equal(my.data["me"].guest, true);
  my["enter"]();
  assert.equal(my.data["asking"], true);
  const popup = open(device, "components/login/login");
  popup["attached"]();
  await popup["enter"]();
  assert.deepEqual(popup.told, [{ name: "done", detail: undefined }]);

  const back = open(device, "pages/my/my");
  await back["entered"]();
  assert.equal(back.data["me"].guest, false);
  await back["rename"]({ detail: { value: " Lin " } });
  assert.equal(back.data["name"], "Lin");
  const history = open(device, "pages/history/history");
  await history["refresh"]();
  assert.equal(history.data["entries"].length, 1);
});

test("logging out, and erasing everything", async () => {
  const device = new Device();
  const page = await chosen(device);
  await page["putOn"]();
  const token = device.storage.get("fitting-room.token");
  const my = open(device, "pages/my/my");
  await my["onShow"]();
  my["erase"]();
  await until(() => my.data["me"] !== null && device.storage.get("fitting-room.token") !== token, "erased");
  const history = open(device, "pages/history/history");
  await history["refresh"]();
  assert.equal(history.data["entries"].length, 0);
  await my["leave"]();
  assert.equal(my.data["me"].guest, true);
});

test("a login that WeChat refuses leaves a guest", async () => {
  const device = new Device();
  for (const [code, said] of [["", /did not log you in/], ["used", /./]] as const) {
    device.loginCode = code || undefined;
    const popup = open(device, "components/login/login");
    await popup["enter"]();
    assert.match(popup.data["wrong"], said);
    assert.deepEqual(popup.told, []);
  }
});

test("a token that has ended is replaced without a word", async () => {
  const device = new Device();
  device.storage.set("fitting-room.token", "long gone");
  const my = open(device, "pages/my/my");
  await my["onShow"]();
  assert.equal(my.data["wrong"], "");
  assert.equal(my.data["me"].guest, true);
});

test("a service that is away is explained, and can be asked again", async () => {
  const device = new Device();
  device.online = false;
  const page = open(device, TRYON);
  await page["onLoad"]();
  assert.match(page.data["wrong"], /cannot be reached/);
  device.online = true;
  await page["bring"]();
  assert.equal(page.data["wrong"], "");
  assert.ok(page.data["people"].length > 0);
});
