// The OpenAPI document as a page. Made here, since readers come from pages without other hosts.

function make(tag, text, ...children) {
  const element = document.createElement(tag);
  // What stands between backticks is code.
  (text ?? "").split("`").forEach((part, index) => {
    if (index % 2) element.append(make("code", part));
    else if (part) element.append(part);
  });
  element.append(...children);
  return element;
}

const row = (cells) => make("tr", "", ...cells.map((cell) => (cell instanceof Node ? make("td", "", cell) : make("td", cell))));

function table(head, rows) {
  const header = make("tr", "", ...head.map((text) => make("th", text)));
  return make("table", "", make("thead", "", header), make("tbody", "", ...rows.map(row)));
}

function type(schema = {}, schemas) {
  if (schema.$ref) return type(schemas[schema.$ref.split("/").at(-1)], schemas);
  if (schema.enum) return schema.enum.join(" · ");
  if (schema.anyOf) return schema.anyOf.map((one) => type(one, schemas)).filter((text) => text !== "null").join(" or ");
  if (schema.format === "binary") return "file";
  return schema.title && schema.type === "object" ? schema.title : (schema.type ?? "");
}

function properties(schema = {}, schemas) {
  const found = schema.$ref ? schemas[schema.$ref.split("/").at(-1)] : schema;
  return Object.entries(found.properties ?? {}).map(([name, property]) => [
    make("code", name),
    type(property, schemas),
    [property.description, property.default !== undefined ? `Default: ${property.default}.` : ""].filter(Boolean).join(" "),
  ]);
}

function section(title, rows, head) {
  return rows.length ? [make("h3", title), table(head, rows)] : [];
}

function route(path, method, operation, schemas) {
  const verb = make("span", method.toUpperCase());
  verb.className = "method";
  const summary = make("summary", "", verb, make("code", path), make("span", operation.summary));
  const parameters = (operation.parameters ?? []).map((one) => [make("code", one.name), one.in, one.description ?? ""]);
  const body = operation.requestBody?.content?.["multipart/form-data"]?.schema;
  const answers = Object.entries(operation.responses).map(([status, answer]) => [make("code", status), answer.description]);
  const success = operation.responses["200"] ?? operation.responses["201"];
  const answer = success?.content?.["application/json"]?.schema;
  return make("details", "", summary,
    ...(operation.description ?? "").split("\n\n").map((text) => make("p", text)),
    ...section("Body: a form, or JSON with the pictures in base64", properties(body, schemas), ["field", "type", ""]),
    ...section("Parameters", parameters, ["name", "in", ""]),
    ...section("Answers", answers, ["status", ""]),
    ...section("The answer's fields", properties(answer, schemas), ["field", "type", ""]));
}

const description = await (await fetch("openapi.json")).json();
const groups = new Map();
for (const [path, methods] of Object.entries(description.paths)) {
  for (const [method, operation] of Object.entries(methods)) {
    const group = operation.tags?.[0] ?? "other";
    groups.set(group, [...(groups.get(group) ?? []), route(path, method, operation, description.components.schemas)]);
  }
}
document.getElementById("routes").replaceChildren(
  ...[...groups].flatMap(([group, routes]) => [make("h2", group), ...routes]));
