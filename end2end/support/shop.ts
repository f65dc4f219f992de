// A demo shop of a test: the real program as a process of its own, on a free port, with its own
// SQLite file in a folder that goes away with it.
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";

const run = promisify(execFile);

/** With script and WebAssembly, or without. */
export type Build = "full" | "plain";

const PROGRAMS: Record<Build, string> = { full: "HARKARA_BIN", plain: "HARKARA_BIN_PLAIN" };
// The marks by which the runs that started us find what is left over.
const PASSED_ON = ["PATH", "HOME", "HARKARA_TEST_RUN", "HARKARA_CI_RUN"];

export interface Product {
  slug: string;
  name: string;
  store: string;
  in_stock: boolean;
  variants: { id: string; size: string; color: string; price: string; in_stock: boolean; stock_quantity: number }[];
}

/** An order as the REST API answers it. */
export interface Order {
  id: string;
  order_reference: string;
  token: string;
  status: string;
}

export class Shop {
  /** `http://127.0.0.1:port`, without a trailing slash. */
  url = "";
  /** What the program wrote to its error output. */
  log = "";
  private child?: ChildProcess;
  private adminToken = "";
  private session?: Promise<string>;
  private products?: Product[];

  private constructor(
    private readonly program: string,
    private readonly folder: string,
  ) {}

  static async open(build: Build): Promise<Shop> {
    const program = process.env[PROGRAMS[build]];
    if (!program) throw new Error(`${PROGRAMS[build]} must name the program to test.`);
    const shop = new Shop(program, await mkdtemp(join(tmpdir(), "harkara-shop-")));
    await shop.start("127.0.0.1:0");
    return shop;
  }

  /** Starts the program and waits until it says where it listens. */
  private async start(addr: string): Promise<void> {
    const child = spawn(this.program, ["serve", "--demo", "--addr", addr], {
      cwd: this.folder,
      env: this.environment(),
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.child = child;
    child.stderr.on("data", (text) => (this.log += text));
    this.url = await new Promise((listening, failed) => {
      createInterface(child.stdout).on("line", (line) => {
        const address = /^Shop:\s+(http:\S+?)\/?$/.exec(line)?.[1];
        if (address) listening(address);
      });
      child.once("error", failed);
      child.once("exit", (code) => failed(new Error(`The shop ended with ${code}.\n${this.log}`)));
    });
  }

  /** Ends the program the hard way; what it has acknowledged must be there afterwards. */
  async kill(): Promise<void> {
    const child = this.child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = new Promise((done) => child.once("exit", done));
    child.kill("SIGKILL");
    await gone;
  }

  /** Starts it again at the same address, with what it had. */
  async comeBack(): Promise<void> {
    await this.start(new URL(this.url).host);
  }

  async close(): Promise<void> {
    await this.kill();
    await rm(this.folder, { recursive: true, force: true });
  }

  /** A path of the REST API, read as an admin. */
  async ask<T>(path: string): Promise<T> {
    this.adminToken ||= await this.command("token", "create", "--role", "admin", "--name", "e2e");
    const answer = await fetch(this.url + path, { headers: { authorization: `Bearer ${this.adminToken}` } });
    if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as T;
  }

  /** Calls the REST API as an admin. */
  async tell(method: "POST" | "PATCH", path: string, body: unknown): Promise<Response> {
    await this.ask("/api/v1/stores/");
    return fetch(this.url + path, {
      method,
      headers: { authorization: `Bearer ${this.adminToken}`, "content-type": "application/json" },
      body: JSON.stringify(body),
    });
  }

  /** An order that a customer has placed, without a browser. */
  async order(store: "dhaka" | "mumbai", { quantity = 1, name = "Asha Rao" } = {}): Promise<Order> {
    const product = await this.product(store);
    const [phone, country, city, pincode] =
      store === "mumbai" ? ["9876543210", "IN", "Pune", "411001"] : ["01712345678", "BD", "Dhaka", "1207"];
    const answer = await fetch(`${this.url}/api/v1/orders/`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        customer_name: name,
        customer_phone: phone,
        address: { line1: "12 Park Road", city, pincode, country },
        payment_method: "cod",
        notes: "Please call before you come.",
        items: [{ variant: product.variants.at(-1)?.id, quantity }],
      }),
    });
    if (answer.status !== 201) throw new Error(`The order was not taken: ${answer.status} ${await answer.text()}`);
    return (await answer.json()) as Order;
  }

  /** The session cookie of the demo's admin. One for all tests: signing in is limited. */
  adminSession(): Promise<string> {
    this.session ??= fetch(`${this.url}/login`, {
      method: "POST",
      redirect: "manual",
      body: new URLSearchParams({ email: "admin@example.com", password: "harkara-demo", next: "" }),
    }).then((answer) => /session=([^;]+)/.exec(answer.headers.get("set-cookie") ?? "")?.[1] ?? "");
    return this.session;
  }

  async orderCount(): Promise<number> {
    return (await this.ask<{ count: number }>("/api/v1/orders/")).count;
  }

  /** A product of a store with several variants, all of them plentiful. */
  async product(store: "dhaka" | "mumbai"): Promise<Product> {
    const plenty = (product: Product) => product.variants.every((variant) => variant.stock_quantity >= 5);
    const found = await this.find((product) => product.store === store && product.variants.length > 1 && plenty(product));
    // Every test of this shop orders the last variant, and what is confirmed is gone.
    const stock = `/api/v1/products/${found.slug}/variants/${found.variants.at(-1)?.id}/`;
    const answer = await this.tell("PATCH", stock, { stock_quantity: 50 });
    if (!answer.ok) throw new Error(`The shelf was not filled: ${answer.status} ${await answer.text()}`);
    return found;
  }

  /** A product with sizes in several colours, not all of them in stock. */
  sizedProduct(): Promise<Product> {
    return this.find(({ variants }) => variants.every(({ size, color }) => size && color) && variants.some((variant) => !variant.in_stock));
  }

  /** A product of which nothing is left. */
  soldOut(): Promise<Product> {
    return this.find((product) => !product.in_stock);
  }

  private async find(wanted: (product: Product) => boolean): Promise<Product> {
    this.products ??= (await this.ask<{ results: Product[] }>("/api/v1/products/?page_size=100")).results;
    const found = this.products.find(wanted);
    if (!found) throw new Error(`The demo has no product with ${wanted}.`);
    return found;
  }

  private async command(...args: string[]): Promise<string> {
    const { stdout } = await run(this.program, args, { cwd: this.folder, env: this.environment() });
    return stdout.trim();
  }

  private environment(): NodeJS.ProcessEnv {
    const kept = PASSED_ON.map((name) => [name, process.env[name]]).filter(([, value]) => value !== undefined);
    return {
      ...Object.fromEntries(kept),
      DATABASE_URL: `sqlite://${join(this.folder, "shop.db")}`,
      HARKARA_DATA_DIR: this.folder,
      LOG_LEVEL: "WARN",
    };
  }
}
