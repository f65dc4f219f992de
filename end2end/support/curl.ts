// A visitor with nothing but curl and a cookie jar: no browser at all. The jar is ours, because the
// curl of Debian 12 (7.88) puts cookies that were deleted back into its own.
import { execFile } from "node:child_process";

export interface Answer {
  /** 0 when the connection broke before there was an answer. */
  status: number;
  location: string;
  body: string;
}

export class Curl {
  private readonly jar = new Map<string, string>();

  constructor(private readonly url: string) {}

  get(path: string): Promise<Answer> {
    return this.run(path, []);
  }

  post(path: string, fields: Record<string, string>): Promise<Answer> {
    const data = Object.entries(fields).flatMap(([name, value]) => ["--data-urlencode", `${name}=${value}`]);
    return this.run(path, data);
  }

  private run(path: string, more: string[]): Promise<Answer> {
    const cookies = [...this.jar].map(([name, value]) => `${name}=${value}`).join("; ");
    const args = ["-sS", "-i", "--max-time", "20", "--noproxy", "*", "-b", cookies, ...more, this.url + path];
    return new Promise((done) => {
      execFile("curl", args, { maxBuffer: 4 << 20 }, (error, stdout) => done(this.read(error ? "" : stdout)));
    });
  }

  private read(answer: string): Answer {
    const [, head = "", body = ""] = /^(.*?)\r\n\r\n(.*)$/s.exec(answer) ?? [];
    const headers = head.split("\r\n").map((line) => /^([^:]+): (.*)$/.exec(line) ?? ["", "", ""]);
    for (const [, name, value] of headers) {
      if (name.toLowerCase() === "set-cookie") this.keep(value);
    }
    const location = headers.find(([, name]) => name.toLowerCase() === "location")?.[2] ?? "";
    return { status: Number(/^HTTP\S+ (\d+)/.exec(head)?.[1] ?? 0), location, body };
  }

  private keep(cookie: string): void {
    const [, name, value] = /^([^=]+)=([^;]*)/.exec(cookie) ?? ["", "", ""];
    if (/max-age=0/i.test(cookie)) this.jar.delete(name);
    else this.jar.set(name, value);
  }
}

/** The value of a hidden field in a page. */
export function hidden(page: string, name: string): string {
  const field = page.match(/<input[^>]*>/g)?.find((tag) => tag.includes(`name="${name}"`));
  const value = /value="([^"]*)"/.exec(field ?? "")?.[1];
  if (value === undefined) throw new Error(`The page has no field ${name}:\n${page}`);
  return value;
}
