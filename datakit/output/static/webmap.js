// Ce que folium n'écrit pas : noms posés par textContent (jamais en HTML), clavier, liste « Aller à », pastilles.
function datakitReady(map, layer) {
  "use strict";
  var zones = JSON.parse(document.getElementById("donnees").textContent);
  L.control.zoom({ zoomInTitle: "Zoomer", zoomOutTitle: "Dézoomer" }).addTo(map);
  L.control.scale({ imperial: false, position: "bottomleft" }).addTo(map);
  var holder = map.getContainer();
  holder.setAttribute("role", "region");
  holder.setAttribute("aria-label", "Carte interactive ; les flèches déplacent, + et − zooment");
  var areas = layer.getLayers();
  function say(zone) { return zone.name + " : " + zone.said; }
  function words(zone) {
    var box = document.createElement("div");
    [zone.name, zone.said].forEach(function (text, place) {
      var line = document.createElement(place ? "div" : "strong");
      line.textContent = text;
      box.appendChild(line);
    });
    return box;
  }
  function keyboard(area, zone) {
    var path = area.getElement();
    if (areas.length > 40) { path.setAttribute("aria-hidden", "true"); return; }
    path.setAttribute("tabindex", "0");
    path.setAttribute("role", "img");
    path.setAttribute("aria-label", say(zone));
    path.addEventListener("focus", function () { area.openTooltip(area.getBounds().getCenter()); });
    path.addEventListener("blur", function () { area.closeTooltip(); });
  }
  var marks = areas.map(function (area) {
    var zone = zones[area.feature.id];
    var dot = L.circleMarker(area.getBounds().getCenter(), Object.assign({}, area.options, { radius: 6 }));
    [area, dot].forEach(function (one) {
      one.bindTooltip(words(zone), { sticky: true });
      one.bindPopup(words(zone));
    });
    keyboard(area, zone);
    return { area: area, dot: dot };
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
    var area = areas[Number(list.value)];
    if (!area || list.value === "") { return; }
    map.fitBounds(area.getBounds(), { maxZoom: 15, padding: [60, 60] });
    area.openPopup();
    document.getElementById("annonce").textContent = say(zones[area.feature.id]);
  });
  document.documentElement.setAttribute("data-pret", "oui");
}
