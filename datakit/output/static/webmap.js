// Ce que folium n'écrit pas : noms posés par textContent (jamais en HTML), clavier, recherche, disques ou contours.
function datakitReady(map, layer) {
  "use strict";
  function read(id) { return JSON.parse(document.getElementById(id).textContent); }
  function one(id) { return document.getElementById(id); }
  var zones = read("donnees"), marks = read("marques"), areas = layer.getLayers();
  var DOT = window.matchMedia("(pointer: coarse)").matches ? 10 : 7, SEEN = marks.radii ? 90 : 18, NAMED = 34;
  L.control.zoom({ zoomInTitle: "Zoomer", zoomOutTitle: "Dézoomer" }).addTo(map);
  L.control.scale({ imperial: false, position: "bottomleft" }).addTo(map);
  var holder = map.getContainer(), home = layer.getBounds();
  holder.setAttribute("role", "region");
  holder.setAttribute("aria-label", "Carte interactive ; les flèches déplacent, + et − zooment");
  // one does not leave what the background covers: it never ends in sight
  if (marks.frame.length) {
    var frame = L.latLngBounds([marks.frame[0], marks.frame[1]], [marks.frame[2], marks.frame[3]]);
    map.setMaxBounds(frame);
    map.options.maxBoundsViscosity = 1;
    map.setMinZoom(Math.min(map.getZoom(), map.getBoundsZoom(frame, true)));
  }
  function say(zone) { return zone.name + " : " + zone.said; }
  function box(lines) {
    var made = document.createElement("div");
    lines.forEach(function (text, place) {
      var line = document.createElement(place ? "div" : "strong");
      line.textContent = text;
      made.appendChild(line);
    });
    return made;
  }
  function plain(text) { var made = document.createElement("span"); made.textContent = text; return made; }
  function label(text, at, kind) {
    return L.tooltip({ permanent: true, direction: "center", className: kind, interactive: false })
      .setLatLng(at).setContent(plain(text));
  }
  function keyboard(target, zone) {
    var path = target.getElement();
    if (!path) { return; }
    if (areas.length > 40) { path.setAttribute("aria-hidden", "true"); return; }
    path.setAttribute("tabindex", "0");
    path.setAttribute("role", "img");
    path.setAttribute("aria-label", say(zone));
    path.onfocus = function () { target.openTooltip(); };
    path.onblur = function () { target.closeTooltip(); };
  }
  var items = areas.map(function (area) {
    var rank = area.feature.id, zone = zones[rank], middle = area.getBounds().getCenter();
    var fill = area.options.fillColor, absent = fill.charAt(0) === "u";
    var radius = marks.radii ? marks.radii[rank] : DOT;
    var look = Object.assign({}, area.options, { radius: radius < 0 ? 5 : Math.max(radius, 3) });
    if (marks.radii) {
      // a count has no class: the same colour for all, and nothing where it is missing
      look.color = absent ? "#1b2733" : "#ffffff";
      look.dashArray = absent ? "2 2" : null;
      look.fillOpacity = absent ? 0 : 0.92;
      area.setStyle({ fillOpacity: absent ? 0.9 : 0.35 });
    }
    var dot = L.circleMarker(middle, look);
    [area, dot].forEach(function (shape) {
      shape.bindTooltip(box([zone.name, zone.said]), { sticky: true });
      shape.bindPopup(box([zone.name, zone.said]));
    });
    return { area: area, dot: dot, zone: zone, home: middle, fill: fill, name: label(zone.name, middle, "nom") };
  });
  var towns = marks.towns.map(function (town) {
    return { name: label(town[0], [town[1], town[2]], "commune"), side: town[3] };
  });
  // discs are pushed apart, in pixels, the big ones moving least
  function spread() {
    var spots = items.map(function (item) { return map.latLngToLayerPoint(item.home); });
    var rounds = Math.min(60, Math.ceil(3e7 / (items.length * items.length + 1)));
    for (var turn = 0, moved = true; moved && turn < rounds; turn++) {
      moved = false;
      for (var i = 0; i < items.length; i++) {
        for (var j = i + 1; j < items.length; j++) {
          var a = items[i].dot.options.radius, b = items[j].dot.options.radius, need = a + b + 2;
          var dx = spots[j].x - spots[i].x, dy = spots[j].y - spots[i].y;
          if (Math.abs(dx) >= need || Math.abs(dy) >= need) { continue; }
          var far = Math.sqrt(dx * dx + dy * dy);
          if (far >= need) { continue; }
          if (far < 0.01) { dx = Math.cos(i + 2.4 * j); dy = Math.sin(i + 2.4 * j); far = 1; }
          var push = (need - Math.min(far, need)) / far, share = b / (a + b);
          spots[i].x -= dx * push * share; spots[i].y -= dy * push * share;
          spots[j].x += dx * push * (1 - share); spots[j].y += dy * push * (1 - share);
          moved = true;
        }
      }
    }
    items.forEach(function (item, k) { item.dot.setLatLng(map.layerPointToLatLng(spots[k])); });
  }
  function side(area) {
    var bounds = area.getBounds();
    return map.latLngToLayerPoint(bounds.getNorthEast()).distanceTo(map.latLngToLayerPoint(bounds.getSouthWest()));
  }
  // discs or outlines, by zoom, for the whole map: never both
  function refresh() {
    var sizes = items.map(function (item) { return side(item.area); }).sort(function (a, b) { return a - b; });
    var near = sizes[Math.floor(sizes.length / 2)] >= SEEN;
    if (!near) { spread(); }
    items.forEach(function (item) {
      (near ? item.dot : item.area).remove();
      (near ? item.area : item.dot).addTo(map);
      keyboard(near ? item.area : item.dot, item.zone);
      var written = near && side(item.area) >= NAMED && map.getBounds().intersects(item.area.getBounds());
      if (written) { item.name.addTo(map); } else { item.name.remove(); }
    });
    var metres = 40075016 * Math.cos(home.getCenter().lat * Math.PI / 180) / Math.pow(2, map.getZoom() + 8);
    towns.forEach(function (town) {
      if (town.side / metres > 55) { town.name.addTo(map); } else { town.name.remove(); }
    });
    holder.setAttribute("data-marques", near ? "contours" : "disques");
    apart();
    pale(holding);
  }
  // no name over another, nor over a disc
  function apart() {
    var taken = items.filter(function (item) { return map.hasLayer(item.dot); }).map(function (item) {
      return item.dot.getElement().getBoundingClientRect();
    });
    items.concat(towns).forEach(function (item) {
      var made = item.name.getElement();
      if (!made || !map.hasLayer(item.name)) { return; }
      made.style.visibility = "";
      var rect = made.getBoundingClientRect();
      var free = taken.every(function (r) {
        return r.right < rect.left || r.left > rect.right || r.bottom < rect.top || r.top > rect.bottom;
      });
      made.style.visibility = free ? "" : "hidden";
      if (free) { taken.push(rect); }
    });
  }
  var holding = null;
  function pale(fill) {
    items.forEach(function (item) {
      [item.area, item.dot].forEach(function (shape) {
        var path = shape.getElement();
        if (path) { path.classList.toggle("pale", fill !== null && item.fill !== fill); }
      });
    });
  }
  Array.prototype.forEach.call(document.querySelectorAll(".legende button"), function (button) {
    var fill = button.getAttribute("data-fill");
    button.addEventListener("click", function () {
      holding = holding === fill ? null : fill;
      Array.prototype.forEach.call(document.querySelectorAll(".legende button"), function (other) {
        other.setAttribute("aria-pressed", String(other.getAttribute("data-fill") === holding));
      });
      pale(holding);
    });
    button.addEventListener("mouseenter", function () { pale(fill); });
    button.addEventListener("mouseleave", function () { pale(holding); });
  });
  map.on("zoomend moveend", refresh);
  // whole discs, at the edges too
  var edge = marks.radii ? Math.max.apply(null, marks.radii) + 10 : 22;
  function all() { map.closePopup(); map.fitBounds(home, { padding: [edge, edge], animate: false }); }
  all();
  refresh();
  function go(rank) {
    var item = items[rank];
    map.fitBounds(item.area.getBounds(), { maxZoom: 15, padding: [60, 60], animate: false });
    (map.hasLayer(item.area) ? item.area : item.dot).openPopup();
    one("annonce").textContent = say(item.zone);
  }
  function bare(text) { return text.normalize("NFD").replace(/[\u0300-\u036f]/g, "").toLowerCase().trim(); }
  var list = one("liste"), search = one("cherche"), names = zones.map(function (zone) { return bare(zone.name); });
  zones.forEach(function (zone) {
    var option = document.createElement("option");
    option.value = zone.name;
    one("noms").appendChild(option);
  });
  list.addEventListener("change", function () { if (list.value !== "") { go(Number(list.value)); } });
  function find() {
    var wanted = bare(search.value);
    if (!wanted) { return; }
    var rank = names.indexOf(wanted);
    if (rank < 0) { rank = names.findIndex(function (name) { return name.indexOf(wanted) >= 0; }); }
    if (rank < 0) { one("annonce").textContent = "Aucun quartier ne porte ce nom : " + search.value; return; }
    go(rank);
  }
  search.addEventListener("change", find);
  search.form.addEventListener("submit", function (event) { event.preventDefault(); find(); });
  one("tout").addEventListener("click", all);
  one("imprimer").addEventListener("click", function () { window.print(); });
  window.addEventListener("beforeprint", function () { map.invalidateSize({ animate: false }); });
  document.documentElement.setAttribute("data-pret", "oui");
}
