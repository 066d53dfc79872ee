import assert from "node:assert/strict";
import { after, test } from "node:test";
import { Device } from "./device";
import { open, type Shown, tap, until } from "./screen";

// A page that waits for its next question would keep the process alive.
after(() => setTimeout(() => process.exit(), 200).unref());

async function drawing(device: Device): Promise<Shown> {
  const page = open(device, "pages/index/index");
  await page["onLoad"]();
  page["pickPerson"](tap({ id: page.data["people"][0].id }));
  return page;
}

const drawn = (device: Device): number => device.requests.filter((one) => one === "POST /v1/anime").length;

test("terms are agreed to on the way, once", async () => {
  const device = new Device();
  const page = await drawing(device);
  for (const [name, value] of [["strength", 60], ["eyes", 25]]) {
    page["slide"]({ currentTarget: { dataset: { name } }, detail: { value } });
  }
  await page["draw"]();
  assert.equal(page.data["wrong"], "");
  await until(() => page.data["drawn"] !== "", "it is drawn");
  assert.equal(device.asked.length, 1);
  assert.match(device.asked[0] ?? "", /agree to the terms.*\nhttps:\/\/fit\.example\.com\/terms$/);
  assert.equal(drawn(device), 2);

  await page["draw"]();
  assert.equal(device.asked.length, 1);
  assert.equal(drawn(device), 3);
});

test("without a yes nothing is drawn", async () => {
  const device = new Device();
  device.confirms = false;
  const page = await drawing(device);
  await page["draw"]();
  assert.equal(page.data["wrong"], "Please agree to the terms first.");
  assert.equal(page.data["busy"], false);
  assert.equal(drawn(device), 1);
  assert.equal(device.storage.has("fitting-room.avatar"), false);
});

test("a proxy that knows no route yet is an absent service", async () => {
  const device = new Device();
  device.astray = [404, 404];
  const page = open(device, "pages/index/index");
  await page["onLoad"]();
  assert.match(page.data["wrong"], /cannot be reached/);
  await page["bring"]();
  assert.equal(page.data["wrong"], "");

  page["pickPerson"](tap({ id: page.data["people"][0].id }));
  const told: string[] = [];
  const setData = page["setData"] as (change: Record<string, unknown>) => void;
  page["setData"] = (change: Record<string, unknown>) => {
    if (change["stage"]) told.push(String(change["stage"]));
    setData(change);
  };
  const running = page["draw"]() as Promise<void>;
  await until(() => Boolean((device.storage.get("fitting-room.avatar") as { jobId?: string })?.jobId), "it began");
  device.astray = [503, 404, 502];
  await running;
  assert.equal(page.data["wrong"], "");
  assert.deepEqual(device.astray, []);
  assert.ok(told.some((one) => /No connection/.test(one)));
});

test("what the service itself does not know is no absence", async () => {
  const device = new Device();
  const result = open(device, "pages/result/result");
  await result["onLoad"]({ id: "nothing" });
  assert.doesNotMatch(result.data["wrong"], /cannot be reached/);
  assert.notEqual(result.data["wrong"], "");
});

test("whose a preset is stands below it", async () => {
  const device = new Device();
  const fitting = open(device, "pages/fitting/fitting");
  await fitting["onLoad"]();
  const [first] = fitting.data["people"];
  fitting["pick"](tap({ role: "person", id: first.id }));
  assert.equal(fitting.data["person"].credit, `${first.title} · ${first.credit} · ${first.licence}`);
  const page = await drawing(device);
  assert.match(page.data["subject"].credit, / · Apache-2\.0$/);
});
