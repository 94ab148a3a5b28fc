// The line of all tabs, in a worker that they share. Its name is their member's.
const [member] = self.name.split(" ");
const line = startLine({ base: location.pathname.slice(0, location.pathname.lastIndexOf("/")), member });
self.addEventListener("connect", ({ ports: [port] }) => {
  port.onmessage = ({ data }) => line.hear(port, data);
  port.onclose = () => line.hear(port); // where browsers tell that a tab crashed
});
