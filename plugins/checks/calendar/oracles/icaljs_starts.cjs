// Reads rules as JSON lines {"start", "rule", "from", "to", "most"} and prints for each what ical.js makes of it: a JSON
// list of starts, or null where it takes longer than 0.1 s or refuses the rule. Argument: the folder of ical.js.
const fs = require("fs");
const path = require("path");
const vm = require("vm");

const context = vm.createContext({module: {exports: {}}, exports: {}, console});
context.exports = context.module.exports;
const file = path.join(process.argv[2], "dist", "ical.es5.cjs");
vm.runInContext(fs.readFileSync(file, "utf8"), context);
vm.runInContext(`
  const ICAL = module.exports.default || module.exports;
  const long = (t) => t.slice(0, 4) + "-" + t.slice(4, 6) + "-" + t.slice(6, 8) + "T" + t.slice(9, 11) + ":" +
    t.slice(11, 13) + ":" + t.slice(13, 15);
  const short = (t) => t.toString().replace(/[-:]/g, "").slice(0, 15);
  function starts(one) {
    const all = ICAL.Recur.fromString(one.rule).iterator(ICAL.Time.fromString(long(one.start)));
    const found = [];
    let next;
    while (found.length < one.most && (next = all.next())) {
      const start = short(next);
      if (start >= one.to) break;
      if (start >= one.from) found.push(start);
    }
    return JSON.stringify(found);
  }`, context);

for (const line of fs.readFileSync(0, "utf8").split("\n")) {
  if (line === "") continue;
  context.one = JSON.parse(line);
  let result = "null";
  try {
    result = vm.runInContext("starts(one)", context, {timeout: 100});
  } catch (error) {
  }
  console.log(result);
}
