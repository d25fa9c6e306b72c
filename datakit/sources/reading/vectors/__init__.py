"""Les couches géographiques : une porte, et derrière elle GDAL ou, là où il manque, des paquets en Python seul."""
