// La carte d'une page webmap. Les données viennent d'un bloc JSON ; tout texte est posé par textContent, jamais en HTML.
(function () {
  "use strict";
  var data = JSON.parse(document.getElementById("donnees").textContent);
  var holder = document.getElementById("carte");
  var map = L.map(holder, { attributionControl: false, zoomControl: false, zoomSnap: 0.5, maxZoom: 18 });
  map.fitBounds(data.zones.map(function (zone) { return L.latLngBounds(zone.rings.flat(2)); })
    .reduce(function (all, one) { return all.extend(one); }), { padding: [16, 16] });
  L.control.zoom({ zoomInTitle: "Zoomer", zoomOutTitle: "Dézoomer" }).addTo(map);
  L.control.scale({ imperial: false, position: "bottomleft" }).addTo(map);
  if (data.tiles) { L.tileLayer(data.tiles.url, { maxZoom: 19 }).addTo(map); }
  data.ground.forEach(function (rings) {
    L.polygon(rings, { interactive: false, color: data.looks.commune, weight: 1, fillColor: data.looks.land,
      fillOpacity: data.tiles ? 0 : 1 }).addTo(map);
  });
  function words(zone) {
    var box = document.createElement("div");
    [zone.name, zone.said].forEach(function (text, place) {
      var line = document.createElement(place ? "div" : "strong");
      line.textContent = text;
      box.appendChild(line);
    });
    return box;
  }
  var marks = [];
  var zones = data.zones.map(function (zone) {
    var look = { color: data.looks.outline, weight: zone.chosen ? 4 : 1.2, fillColor: zone.fill, fillOpacity: 0.9 };
    var area = L.polygon(zone.rings, look).addTo(map);
    var dot = L.circleMarker(area.getBounds().getCenter(), Object.assign({ radius: 6 }, look));
    [area, dot].forEach(function (layer) {
      layer.bindTooltip(words(zone), { sticky: true });
      layer.bindPopup(words(zone));
    });
    marks.push({ area: area, dot: dot });
    var path = area.getElement();
    if (path && data.zones.length <= 40) {
      path.setAttribute("tabindex", "0");
      path.setAttribute("role", "img");
      path.setAttribute("aria-label", zone.name + " : " + zone.said);
      path.addEventListener("focus", function () { area.openTooltip(area.getBounds().getCenter()); });
      path.addEventListener("blur", function () { area.closeTooltip(); });
    } else if (path) {
      path.setAttribute("aria-hidden", "true");
    }
    return area;
  });
  // a contour of a few pixels cannot be seen nor aimed at: a dot stands for it until the map is closer
  function refresh() {
    marks.forEach(function (mark) {
      var bounds = mark.area.getBounds();
      var size = map.latLngToLayerPoint(bounds.getNorthEast()).distanceTo(map.latLngToLayerPoint(bounds.getSouthWest()));
      if (size < 12) { mark.dot.addTo(map); } else { mark.dot.remove(); }
    });
  }
  map.on("zoomend", refresh);
  refresh();
  var list = document.getElementById("liste");
  list.addEventListener("change", function () {
    var area = zones[Number(list.value)];
    if (!area) { return; }
    map.fitBounds(area.getBounds(), { maxZoom: 15, padding: [60, 60] });
    area.openPopup();
    document.getElementById("annonce").textContent = data.zones[Number(list.value)].name + " : " +
      data.zones[Number(list.value)].said;
  });
  document.documentElement.setAttribute("data-pret", "oui");
})();
