// Makes an API's description (OpenAPI 3.0) out of the service's own TypeScript client, which was generated from the
// service's description: paths with their query parameters, schemas, what is required.
//   node describe_client.mjs <folder of the npm package> alpaca|kalshi <description.json>
import fs from 'node:fs';
import path from 'node:path';

const [folder, service, output] = process.argv.slice(2);

const read_all = (sub) =>
  fs.readdirSync(path.join(folder, sub)).filter((name) => name.endsWith('.ts'))
    .map((name) => fs.readFileSync(path.join(folder, sub, name), 'utf8'));

// "Array<Order> | null" -> a schema; `known` are the names that have one.
function schema_of(type, known) {
  type = type.trim();
  if (type.endsWith('| null')) return { ...nullable(schema_of(type.slice(0, -6), known)) };
  const list = type.match(/^(?:Array|Set)<(.*)>$/);
  if (list) return { type: 'array', items: schema_of(list[1], known) };
  if (type === 'Date') return { type: 'string', format: 'date-time' };
  if (['string', 'number', 'boolean', 'object'].includes(type)) return { type };
  if (known.has(type)) return { $ref: `#/components/schemas/${type}` };
  return {};  // maps and unions: anything
}
const nullable = (schema) => (schema.$ref ? { allOf: [schema], nullable: true } : { ...schema, nullable: true });

function enums_of(source, schemas) {
  for (const [, name, body] of source.matchAll(/^export const (\w+) = \{\n([^}]*)\} as const;/gm)) {
    const values = [...body.matchAll(/: '([^']*)'/g)].map((value) => value[1]);
    schemas[name] = values.length > 0 ? { type: 'string', enum: values } : {};  // numbers: anything
  }
}

// The members of an interface: name, whether it may be absent, type.
function* members_of(body) {
  const bare = body.replace(/\/\*\*[\s\S]*?\*\//g, '');
  for (const [, name, optional, type] of bare.matchAll(/^ {4}'?(\w+)'?(\??): (.*);$/gm)) yield { name, optional, type };
}

function interfaces_of(sources) {
  const schemas = {}, bodies = [];
  for (const source of sources) {
    enums_of(source, schemas);
    for (const [, name, body] of source.matchAll(/^export interface (\w+)[^{]*\{\n([\s\S]*?)^\}/gm)) {
      schemas[name] = {};
      // The names on the wire, where the client has names of its own.
      const wire = {};
      for (const [, own, sent] of source.matchAll(/^ {8}'(\w+)': .*?json\['(\w+)'\]/gm)) wire[own] = sent;
      const days = new Set([...source.matchAll(/^ {8}'(\w+)': .*toISOString\(\)\.substring\(0, ?10\)/gm)].map((match) => match[1]));
      bodies.push({ name, body, wire, days });
    }
  }
  const known = new Set(Object.keys(schemas));
  for (const { name, body, wire, days } of bodies) {
    const schema = { type: 'object', properties: {}, required: [] };
    for (const member of members_of(body)) {
      const sent = wire[member.name] ?? member.name;
      schema.properties[sent] = schema_of(member.type, known);
      if (days.has(sent)) schema.properties[sent].format = 'date';
      if (!member.optional) schema.required.push(sent);
    }
    if (schema.required.length === 0) delete schema.required;
    schemas[name] = schema;
  }
  return { schemas, known };
}

const answer = (schema) => ({ 200: { description: 'OK', content: { 'application/json': { schema } } } });
const parameter = (name, schema) => ({ name, in: 'query', required: false, schema });

// typescript-fetch: one function for each operation, its parameters in an interface of its own.
function alpaca_paths(sources, { schemas, known }) {
  const paths = {};
  for (const source of sources) {
    const local = { ...schemas };
    enums_of(source, local);
    for (const name of Object.keys(local)) if (!known.has(name)) { schemas[name] = local[name]; known.add(name); }
    for (const [, result, body] of source.matchAll(/^ {4}async \w+Raw\([^\n]*Promise<runtime\.ApiResponse<(.*)>> \{\n([\s\S]*?)^ {4}\}/gm)) {
      if (!body.includes("method: 'GET'")) continue;
      const where = body.match(/let urlPath = `([^`]*)`/)[1];
      const types = {};
      const asked = source.slice(0, source.indexOf(body)).match(/requestParameters: (\w+)(?![\s\S]*requestParameters: )/);
      const listed = asked && source.match(new RegExp(`export interface ${asked[1]} \\{\\n([\\s\\S]*?)^\\}`, 'm'));
      if (listed) for (const member of members_of(listed[1])) types[member.name] = member.type;
      const parameters = [...body.matchAll(/queryParameters\['(\w+)'\] = [^;]*requestParameters\['(\w+)'\][^;]*;/g)].map(([text, sent, own]) => ({
        ...parameter(sent, schema_of(types[own] ?? 'string', known)),
        ...(text.includes('.join(') ? { style: 'form', explode: false } : {}),
      }));
      paths[where] = { get: { parameters, responses: answer(schema_of(result, known)) } };
    }
  }
  return paths;
}

// typescript-axios: path and parameters in one function, the type of the answer in another.
function kalshi_paths(sources, { known }) {
  const paths = {};
  for (const source of sources) {
    const results = Object.fromEntries([...source.matchAll(/^ {8}async (\w+)\([^\n]*AxiosPromise<(.*)>> \{/gm)].map(([, name, type]) => [name, type]));
    for (const [, name, signature, body] of source.matchAll(/^ {8}(\w+): async \(([^\n]*)\): Promise<RequestArgs> => \{\n([\s\S]*?)^ {8}\},/gm)) {
      if (!body.includes("method: 'GET'")) continue;
      const where = '/trade-api/v2' + body.match(/localVarPath = `([^`]*)`/)[1];
      const types = Object.fromEntries([...signature.matchAll(/(\w+)\??: ([^,]+)/g)].map(([, own, type]) => [own, type]));
      const parameters = [...body.matchAll(/localVarQueryParameter\['(\w+)'\] = (\w+);/g)].map(([, sent, own]) => parameter(sent, schema_of(types[own] ?? 'string', known)));
      const security = body.includes('KALSHI-ACCESS-KEY') ? [{ key: [], signature: [], time: [] }] : [];
      paths[where] = { get: { parameters, security, responses: answer(schema_of(results[name], known)) } };
    }
  }
  return paths;
}

const header = (name) => ({ type: 'apiKey', in: 'header', name });
const services = {
  alpaca: {
    models: 'src/trading/models', apis: 'src/trading/apis', paths: alpaca_paths,
    schemes: { id: header('APCA-API-KEY-ID'), secret: header('APCA-API-SECRET-KEY') },
    security: [{ id: [], secret: [] }],
  },
  kalshi: {
    models: 'models', apis: 'api', paths: kalshi_paths,
    schemes: { key: header('KALSHI-ACCESS-KEY'), signature: header('KALSHI-ACCESS-SIGNATURE'), time: header('KALSHI-ACCESS-TIMESTAMP') },
    security: [],
  },
};

const chosen = services[service];
const types = interfaces_of(read_all(chosen.models));
const paths = chosen.paths(read_all(chosen.apis), types);
const version = JSON.parse(fs.readFileSync(path.join(folder, 'package.json'), 'utf8')).version;
const document = {
  openapi: '3.0.0',
  info: { title: `${service} as its own client sees it`, version },
  paths,
  components: { schemas: types.schemas, securitySchemes: chosen.schemes },
  security: chosen.security,
};
fs.writeFileSync(output, JSON.stringify(document, null, 1));
