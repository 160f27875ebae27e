// Kalshi's own client asks for the balance, signed by itself.
//   node own_client.mjs <folder of node_modules> <base url with /trade-api/v2> <key id> <file with the private key>
// Prints the answer's status and the balance.
import { createRequire } from 'node:module';
import path from 'node:path';

const [modules, basePath, apiKey, privateKeyPath] = process.argv.slice(2);
const { Configuration, PortfolioApi } = createRequire(path.join(modules, 'x.js'))('kalshi-typescript');
const api = new PortfolioApi(new Configuration({ basePath, apiKey, privateKeyPath }));
try {
  const reply = await api.getBalance();
  console.log(reply.status, reply.data.balance);
} catch (error) {
  console.log(error.response ? error.response.status : String(error), 'refused');
}
