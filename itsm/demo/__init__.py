"""The demo provider "Northwind Hosting": loaded once into an empty site, removed by one command."""
