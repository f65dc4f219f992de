// Looks over the browser's shoulder: whatever goes wrong in it fails the test, other sites are
// never reached, and what would have opened there is written down.
import { expect, type BrowserContext, type Request } from "@playwright/test";

/** What islands are told by the browser when they wake; tests wait for it instead of for time. */
interface Told {
  listensTo: string[];
  asked: string[];
  /** What became of connections that bring news. */
  live: string[];
}

declare global {
  interface Window {
    told: Told;
  }
}

export class Watch {
  /** Addresses of other sites that pages went to, in order; WhatsApp above all. */
  readonly left: string[] = [];
  /** Our own addresses that were asked for: `GET /cart`. */
  readonly asked: string[] = [];
  private readonly problems: string[] = [];
  private readonly foreseen: RegExp[] = [];

  constructor(
    private readonly origin: string,
    private readonly script: boolean,
  ) {}

  /** Says that a problem belongs to the test; that it then does not come fails the test, too. */
  foresee(problem: RegExp): void {
    this.foreseen.push(problem);
  }

  /** How often an address was asked for. */
  count(request: string): number {
    return this.asked.filter((asked) => asked === request).length;
  }

  /** Fails on every problem that was not foreseen. */
  conclude(): void {
    const surprises = this.problems.filter((problem) => !this.foreseen.some((pattern) => pattern.test(problem)));
    expect(surprises, "nothing goes wrong in the browser").toEqual([]);
    const missed = this.foreseen.filter((pattern) => !this.problems.some((problem) => pattern.test(problem)));
    expect(missed.map(String), "what the test foresees comes about").toEqual([]);
  }

  async over(context: BrowserContext): Promise<void> {
    await context.addInitScript(rememberWhatIslandsAsk);
    await context.route(
      (url) => url.origin !== this.origin && url.protocol.startsWith("http"),
      async (route) => {
        const request = route.request();
        if (request.isNavigationRequest()) this.left.push(request.url());
        else this.problems.push(`asks another site: ${request.url()}`);
        await route.fulfill({ contentType: "text/html", body: "<!DOCTYPE html><title>WhatsApp</title>Elsewhere" });
      },
    );
    this.listen(context);
  }

  /** The same without interception, which would switch the browser's cache off. */
  listen(context: BrowserContext): void {
    context.on("weberror", (error) => this.problems.push(`page error: ${error.error()}`));
    context.on("console", (message) => {
      const text = message.text();
      // Failed loads are reported below, with method and status.
      const isLoad = text.startsWith("Failed to load resource");
      if ((message.type() === "error" && !isLoad) || /panicked at|Content Security Policy/.test(text)) {
        this.problems.push(`console: ${text}`);
      }
    });
    context.on("request", (request) => {
      if (this.isOwn(request)) this.asked.push(this.name(request));
    });
    context.on("requestfailed", (request) => {
      const reason = request.failure()?.errorText ?? "";
      // Aborted is what a page was still loading when it was left; with scripting off, the browser
      // reports the script as refused by a policy.
      const isFine = reason === "net::ERR_ABORTED" || (reason === "csp" && !this.script);
      if (this.isOwn(request) && !isFine) this.problems.push(`${this.name(request)} ${reason}`);
    });
    context.on("response", (response) => {
      const request = response.request();
      if (this.isOwn(request) && response.status() >= 400) {
        this.problems.push(`${this.name(request)} ${response.status()}`);
      }
    });
  }

  private isOwn(request: Request): boolean {
    return request.url().startsWith(`${this.origin}/`);
  }

  private name(request: Request): string {
    return `${request.method()} ${new URL(request.url()).pathname}`;
  }
}

function rememberWhatIslandsAsk(): void {
  window.told = { listensTo: [], asked: [], live: [] };
  const listen = EventTarget.prototype.addEventListener;
  EventTarget.prototype.addEventListener = function (this: EventTarget, kind: string, ...rest: never[]) {
    if (this instanceof HTMLFormElement) window.told.listensTo.push(`${this.id} ${kind}`);
    return Reflect.apply(listen, this, [kind, ...rest]);
  };
  const Events = window.EventSource;
  window.EventSource = class extends Events {
    constructor(...rest: ConstructorParameters<typeof Events>) {
      super(...rest);
      for (const name of ["open", "hint"]) this.addEventListener(name, () => window.told.live.push(name));
    }
  };
  const fetch = window.fetch;
  window.fetch = async (...rest) => {
    const answer = await fetch(...rest);
    // What is done with the answer is done by the time this is told.
    void answer.clone().text().finally(() => setTimeout(() => window.told.live.push("fetched"), 50));
    return answer;
  };
  const ask = window.matchMedia;
  window.matchMedia = function (query: string) {
    window.told.asked.push(query);
    return Reflect.apply(ask, window, [query]);
  };
}
