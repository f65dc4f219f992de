// A network between browser and shop that can be made as bad as mobile networks are.
import { createServer, type IncomingMessage, request as send, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/**
 * What becomes of a request that places an order, which always reaches the shop whole:
 * `lost` the shop has answered, and the connection breaks before the first byte is through;
 * `cut` it breaks within the answer's head;
 * `silent` it breaks on both sides as soon as the shop has the request.
 */
export type Fate = "lost" | "cut" | "silent";

export class Network {
  /** Every request: `POST /checkout`. */
  readonly seen: string[] = [];
  /** How many answers did not arrive. */
  dropped = 0;
  private fates: Fate[] = [];
  private fateOfAll?: Fate;

  private constructor(
    private readonly server: Server,
    private readonly target: URL,
  ) {}

  static async before(shop: { url: string }): Promise<Network> {
    const server = createServer();
    const network = new Network(server, new URL(shop.url));
    server.on("request", (request, response) => network.pass(request, response));
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    return network;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  /** The next requests that place an order meet these fates, one each; later ones pass. */
  drop(...fates: Fate[]): void {
    this.fates.push(...fates);
  }

  /** From now on all of them meet this fate. */
  dropAll(fate: Fate): void {
    this.fateOfAll = fate;
  }

  /** From now on everything passes. */
  heal(): void {
    this.fates = [];
    this.fateOfAll = undefined;
  }

  async close(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((closed) => this.server.close(closed));
  }

  private pass(request: IncomingMessage, response: ServerResponse): void {
    const name = `${request.method} ${request.url}`;
    this.seen.push(name);
    const places = name === "POST /checkout" || name === "POST /fn/place_order";
    const fate = places ? (this.fates.shift() ?? this.fateOfAll) : undefined;
    const onward = send({
      host: this.target.hostname,
      port: this.target.port,
      method: request.method,
      path: request.url,
      headers: request.headers,
    });
    onward.on("error", () => request.socket.destroy());
    onward.on("response", (answer) => this.answer(answer, response, fate));
    if (fate === "silent") onward.on("finish", () => this.breakOff(response, () => onward.destroy()));
    request.pipe(onward);
  }

  private answer(answer: IncomingMessage, response: ServerResponse, fate?: Fate): void {
    if (fate === "silent") return;
    if (fate) {
      // The whole answer has been here: whatever the shop does for a request, it has done.
      answer.resume().on("end", () => {
        if (fate === "cut") response.socket?.write("HTTP/1.1 303 See Ot");
        this.breakOff(response, () => {});
      });
      return;
    }
    // A connection for each request, so that the browser never repeats one by itself.
    response.writeHead(answer.statusCode ?? 502, { ...answer.headers, connection: "close" });
    answer.pipe(response);
  }

  private breakOff(response: ServerResponse, alsoBehind: () => void): void {
    this.dropped += 1;
    alsoBehind();
    response.socket?.destroySoon();
  }
}
