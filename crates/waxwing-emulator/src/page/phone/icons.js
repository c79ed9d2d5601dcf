// Icons as SVG elements.

const SVG = "http://www.w3.org/2000/svg";
const PATHS = {
  back: "M15 5l-7 7 7 7",
  bag: "M5 8h14l-1 12H6zM9 8V6a3 3 0 0 1 6 0v2",
  business: "M4 20V9l8-5 8 5v11zM9 20v-6h6v6",
  call: "M6 3l3 5-2 2a13 13 0 0 0 7 7l2-2 5 3-2 3C10 22 2 12 3 5z",
  camera: "M4 8h3l2-3h6l2 3h3v11H4zM12 10a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7z",
  close: "M6 6l12 12M18 6 6 18",
  copy: "M9 9h11v11H9zM5 15H4V4h11v1",
  document: "M6 3h8l4 4v14H6zM14 3v4h4",
  down: "m6 9 6 6 6-6",
  flow: "M5 4h14v16H5zM9 9h6M9 13h6",
  group: "M9 11a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM2 20c0-4 3-6 7-6s7 2 7 6M16 4.500a3.5 3.5 0 0 1 0 6.500M18 14.500c2.5.8 4 2.6 4 5.5",
  link: "M10 5H5v14h14v-5M14 4h6v6M20 4l-9 9",
  list: "M4 7h2M4 12h2M4 17h2M9 7h11M9 12h11M9 17h11",
  location: "M12 21s7-6.5 7-11.500A7 7 0 0 0 5 9.500C5 14.5 12 21 12 21zM12 12a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5z",
  menu: "M12 5.500v.01M12 12v.01M12 18.500v.01",
  mic: "M12 3a3 3 0 0 1 3 3v6a3 3 0 0 1-6 0V6a3 3 0 0 1 3-3zM6 11v1a6 6 0 0 0 12 0v-1M12 18v3",
  pause: "M8 5v14M16 5v14",
  person: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4 21c0-5 3.5-7 8-7s8 2 8 7",
  play: "M7 4.500v15l12-7.500z",
  plus: "M12 5v14M5 12h14",
  reply: "M10 6 4 12l6 6M4 12h9c4 0 7 2 7 6",
  search: "M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13zM15.5 15.5 21 21",
  send: "M4 12 20 4l-5 16-3.5-6.500zM20 4l-8.5 9.5",
  sticker: "M5 4h14v9l-6 7H5zM19 13h-6v7M9 9v.01M14 9v.01M8.5 13c1 1 3 1.5 4.5.5",
  trash: "M5 7h14M9 7V4h6v3M7 7l1 13h8l1-13",
};

/** Returns an icon. It is hidden from screen readers: the element around it has a name. */
export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", PATHS[name]);
  svg.append(path);
  return svg;
}
