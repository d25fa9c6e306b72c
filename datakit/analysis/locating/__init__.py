"""Situer des points dans les quartiers, les communes et les IRIS."""
