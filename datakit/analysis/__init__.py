"""Ce qu'on calcule sur les tables sans pouvoir se tromper : comparer, localiser, répartir, suivre, protéger."""
