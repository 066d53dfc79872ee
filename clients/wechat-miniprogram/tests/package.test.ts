import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parseDocument, ElementType } from "htmlparser2";
import { Device } from "./device";
import { open } from "./screen";

const ROOT = join(process.cwd(), "miniprogram");
const read = (file: string): string => readFileSync(join(ROOT, file), "utf8");
const pages = (JSON.parse(read("app.json")) as { pages: string[] }).pages;
const parts = [...pages, "components/compare/compare", "components/login/login"];

interface Node {
  type: string;
  attribs?: Record<string, string>;
  children?: Node[];
}

function attributes(nodes: Node[]): [string, string][] {
  return nodes.flatMap((one) => [
    ...(one.type === ElementType.Tag ? Object.entries(one.attribs ?? {}) : []),
    ...attributes(one.children ?? []),
  ]);
}

const markup = (part: string): [string, string][] =>
  attributes(parseDocument(read(`${part}.wxml`), { xmlMode: true }).children as unknown as Node[]);

test("every page has its four files", () => {
  for (const part of parts) {
    for (const ending of ["ts", "json", "wxml", "wxss"]) assert.ok(existsSync(join(ROOT, `${part}.${ending}`)));
    JSON.parse(read(`${part}.json`));
  }
});

test("what the markup calls is there", () => {
  for (const part of parts) {
    const shown = open(new Device(), part);
    for (const [name, handler] of markup(part)) {
      if (!/^(bind|catch)/.test(name) || handler === "") continue;
      assert.equal(typeof shown[handler], "function", `${part}: ${name}="${handler}"`);
    }
  }
});

test("what the markup shows is there", () => {
  for (const part of parts) {
    const shown = open(new Device(), part);
    const known = new Set([...Object.keys(shown.data), "item", "index", "length", "name", "id", "path", "url", "title"]);
    for (const [, text] of markup(part)) {
      for (const [, inside] of text.matchAll(/\{\{(.*?)\}\}/g)) {
        const plain = (inside ?? "").replace(/'[^']*'/g, "").replace(/\.\w+/g, "");
        for (const [word] of plain.matchAll(/[A-Za-z_]\w*/g)) {
          assert.ok(known.has(word) || ["null", "true", "false"].includes(word), `${part}: ${word}`);
        }
      }
    }
  }
});

test("all three languages say the same things", () => {
  const device = new Device();
  const spoken = (language: string): Record<string, string> => {
    device.language = language;
    return open(device, "pages/my/my").data["words"] as Record<string, string>;
  };
  const english = spoken("en");
  for (const language of ["zh_CN", "ko", "zh_TW"]) {
    const words = spoken(language);
    assert.deepEqual(Object.keys(words).sort(), Object.keys(english).sort());
    assert.notEqual(words["put_on"], english["put_on"]);
  }
  assert.deepEqual(spoken("fr"), spoken("zh_CN"));
});

test("the bar below speaks the phone's language", () => {
  const device = new Device();
  open(device, "app")["onLaunch"]();
  assert.deepEqual(device.toasts, ["Try on", "Avatar", "History", "Me"]);
});

test("the edge between before and after follows the finger", () => {
  const compare = open(new Device(), "components/compare/compare");
  compare["setData"]({ box: { left: 100, width: 200 } });
  for (const [at, edge] of [[150, 25], [50, 0], [400, 100]]) {
    compare["follow"]({ touches: [{ clientX: at }] });
    assert.equal(compare.data["edge"], edge);
  }
});

test("the package knows no secret and no host but its own", () => {
  for (const part of ["settings", ...parts, "core/session", "core/http", "core/service"]) {
    const text = read(`${part}.ts`);
    assert.doesNotMatch(text, /app_?secret|session_key|openid/i);
    for (const [address] of text.matchAll(/https?:\/\/[\w.-]+/g)) assert.equal(address, "https://fitting-room.example.com");
  }
});
