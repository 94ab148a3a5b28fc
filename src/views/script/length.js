// Tells how long a text is, from 90 % of what a message takes on.
const startLength = ({ field, output, say }) => {
  const most = Number(field.dataset.most);
  const number = new Intl.NumberFormat(document.documentElement.lang);
  const show = () => {
    const length = [...field.value.trim()].length;
    const told = length >= 0.9 * most;
    output.textContent = told ? say("length", { length: number.format(length), most: number.format(most) }) : "";
    output.classList.toggle("is-over", length > most);
  };
  field.addEventListener("input", show);
  show();
  return show;
};
