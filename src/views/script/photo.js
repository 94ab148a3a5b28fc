// Large photos are made smaller before they are sent, and each gets a preview. What the browser cannot read, what moves, and
// what would grow stays as it is.
const preparePhoto = (() => {
  const LARGEST = 2_048; // px of the longer side
  const SMALL = 480; // px of the longer side of a preview
  const SLIMMEST = 2.5; // times the shorter side: of what is longer, a room shows the middle (attachment.rs)
  const QUALITY = 0.85;
  const PREVIEW_MAX = 64 * 1024; // bytes that the server takes
  const PHOTO = /^image\/(jpeg|png|webp|avif|heic|heif)$/;
  const FOREIGN = /^image\/hei[cf]$/; // few browsers show it

  // Of WebP, PNG and AVIF, by what stands near their beginning.
  const isAnimated = async (file) => /ANIM|acTL|ftypavis/.test(new TextDecoder("latin1").decode(await file.slice(0, 4_096).arrayBuffer()));
  const sides = ({ width, height }) => [Math.max(width, height), Math.min(width, height)];
  const draw = (image, scale) => {
    const [width, height] = [image.width, image.height].map((side) => Math.max(1, Math.round(side * Math.min(1, scale))));
    const canvas = element("canvas", { width, height });
    const context = canvas.getContext("2d");
    context.imageSmoothingQuality = "high";
    context.drawImage(image, 0, 0, width, height);
    return canvas;
  };
  const encoded = (canvas, type, quality) => new Promise((resolve) => canvas.toBlob(resolve, type, quality));
  const pixels = (canvas) => canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
  const isTransparent = (canvas) => pixels(canvas).some((value, at) => at % 4 === 3 && value < 255);
  // Browsers that hide from fingerprinting give noise in place of what was drawn.
  const isDrawn = () => {
    const canvas = element("canvas", { width: 1, height: 1 });
    const context = canvas.getContext("2d");
    context.fillStyle = "rgb(18 52 86)";
    context.fillRect(0, 0, 1, 1);
    return pixels(canvas).every((value, at) => Math.abs(value - [18, 52, 86, 255][at]) < 4);
  };
  const preview = async (canvas, type) => {
    for (const quality of [0.8, 0.5]) {
      const made = await encoded(canvas, type, quality);
      if (made?.size <= PREVIEW_MAX) return made;
    }
    return undefined;
  };

  const prepare = async (file, original) => {
    const image = await createImageBitmap(file, { imageOrientation: "from-image" });
    try {
      const isForeign = FOREIGN.test(file.type);
      const [longer] = sides(image);
      const shrinks = isForeign || longer > LARGEST;
      const large = draw(image, LARGEST / longer);
      const [long, short] = sides(large);
      const small = draw(large, Math.max(SMALL / long, SMALL / SLIMMEST / short));
      const isClear = isTransparent(small);
      const type = !isClear ? "image/jpeg" : file.type === "image/webp" ? file.type : "image/png";
      const made = shrinks && !original && (await encoded(large, type, QUALITY));
      const isBetter = made && (isForeign || made.size < file.size);
      const body = isBetter ? made : file;
      const ending = body.type === file.type ? /$^/ : /(\.\w+)?$/;
      return {
        body,
        name: file.name.replace(ending, `.${body.type.slice("image/".length).replace("jpeg", "jpg")}`),
        preview: body.size > PREVIEW_MAX ? await preview(small, isClear ? "image/webp" : "image/jpeg") : undefined,
        thumbnail: await encoded(small, type, 0.5),
        shrinks,
      };
    } finally {
      image.close();
    }
  };
  // `{ body, name }` to be sent, with a `preview`, a `thumbnail` for the tray, and whether it `shrinks` unless it is to be the
  // `original`.
  return async (file, original) => {
    const asItIs = { body: file, name: file.name };
    try {
      if (file.type === "image/gif") return { ...asItIs, thumbnail: file };
      if (!PHOTO.test(file.type) || !isDrawn() || (await isAnimated(file))) return asItIs;
      return await prepare(file, original);
    } catch {
      return asItIs;
    }
  };
})();
