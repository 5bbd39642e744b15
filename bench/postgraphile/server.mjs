// PostGraphile on the product's tables, as its manual starts it. Its connections may see all
// rows once and for all, and its callers need no token: that is less work than the product has.
import { createServer } from "node:http";
import { grafserv } from "postgraphile/grafserv/node";
import { postgraphile } from "postgraphile";
import { PostGraphileAmberPreset } from "postgraphile/presets/amber";
import { makePgService } from "postgraphile/adaptors/pg";

const [host, port] = process.env.BENCH_PEER_ADDRESS.split(":");
const server = createServer();
const service = makePgService({ schemas: ["public"], poolConfig: { max: 16 } }); // the database of PGHOST and so on
await postgraphile({
  extends: [PostGraphileAmberPreset],
  pgServices: [service],
  grafserv: { watch: false, graphiql: false },
})
  .createServ(grafserv)
  .addTo(server);
server.listen(Number(port), host);
