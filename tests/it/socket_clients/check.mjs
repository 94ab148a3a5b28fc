// What a program makes of the chat's WebSocket with the library `ws`. Arguments: host and port, a cookie.
import assert from "node:assert/strict";
import { once } from "node:events";
import WebSocket from "ws";

const [host, cookie] = process.argv.slice(2);
const address = (query = "") => `ws://${host}/socket${query}`;

async function open(query, options = {}) {
  const socket = new WebSocket(address(query), { headers: { cookie }, ...options });
  const [texts, waiting] = [[], []];
  socket.on("message", (text) => {
    const told = JSON.parse(text);
    waiting.length ? waiting.shift()(told) : texts.push(told);
  });
  socket.next = () => (texts.length ? Promise.resolve(texts.shift()) : new Promise((resolve) => waiting.push(resolve)));
  socket.answer = async (tag) => {
    for (;;) {
      const told = await socket.next();
      if (!told.event) {
        assert.equal(told.tag, tag);
        return told;
      }
    }
  };
  await once(socket, "open");
  return socket;
}

async function post(socket, text, more = {}) {
  socket.send(JSON.stringify({ do: "post", tag: text, room: 0, message: text, ...more }));
  const { status, data } = await socket.answer(text);
  assert.equal(status, 201);
  return data.id;
}

async function closeCode(socket) {
  const [code] = await once(socket, "close");
  return code;
}

async function refusal(options) {
  const socket = new WebSocket(address(), options);
  socket.on("error", () => {});
  const [, response] = await once(socket, "unexpected-response");
  response.destroy();
  return response.statusCode;
}

let socket = await open();
socket.ping("are you there?");
const [pong] = await once(socket, "pong");
assert.equal(String(pong), "are you there?");
const first = await post(socket, "from JavaScript \u{1F409}", { nonce: "javascript" });
assert.equal(await post(socket, "from JavaScript \u{1F409}", { nonce: "javascript" }), first);
// One message in several frames.
const text = Buffer.from(JSON.stringify({ do: "post", tag: 2, message: "in ü pieces" }));
for (let at = 0; at < text.length; at += 7) {
  socket.send(text.subarray(at, at + 7), { fin: at + 7 >= text.length, binary: false });
}
const second = await socket.answer(2);
assert.equal(second.status, 201);
socket.send("not JSON");
assert.equal((await socket.answer(undefined)).status, 400);
socket.close(1000, "done");
assert.equal(await closeCode(socket), 1000);

socket = await open(`?after=${first}`);
const missed = await socket.next();
assert.deepEqual([missed.event, missed.id], ["message", second.data.id]);
socket.terminate();

for (const [frame, code] of [[Buffer.from([0, 1]), 1003], [" ".repeat(64 * 1024 + 1), 1009]]) {
  socket = await open();
  socket.send(frame);
  assert.equal(await closeCode(socket), code);
}
assert.equal(await refusal({}), 401);
assert.equal(await refusal({ headers: { cookie }, origin: "http://elsewhere.example" }), 403);
socket = await open("", { origin: `http://${host}` });
await post(socket, "from our own page");
socket.close();
