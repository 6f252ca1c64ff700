package integration_test

func chinook() publicSchema {
	return publicSchema{name: "chinook", driver: "sqlite", migrations: []publicMigration{
		{name: "track-credits", table: "Track", undone: true,
			plain: []string{`UPDATE Track SET Length = printf('%d:%02d', Milliseconds / 60000, Milliseconds / 1000 % 60),
				Credits = jsonb(json_object('composers', json('["' || replace(Composer, ', ', '","') || '"]'), 'album', (SELECT Title FROM Album WHERE Album.AlbumId = Track.AlbumId),
					'artist', (SELECT Artist.Name FROM Artist JOIN Album USING (ArtistId) WHERE Album.AlbumId = Track.AlbumId),
					'media', (SELECT MediaType.Name FROM MediaType WHERE MediaType.MediaTypeId = Track.MediaTypeId)))
				WHERE Composer IS NOT NULL`},
			content: "SELECT TrackId, Length, typeof(Credits), json(Credits) FROM Track ORDER BY TrackId"},
		{name: "playlist-positions", table: "PlaylistTrack",
			plain: []string{`UPDATE PlaylistTrack SET Position = (SELECT COUNT(*) FROM PlaylistTrack AS p WHERE p.PlaylistId = PlaylistTrack.PlaylistId AND p.TrackId <= PlaylistTrack.TrackId),
				Shown = (SELECT Name || ' by ' || coalesce(Composer, 'unknown') FROM Track WHERE Track.TrackId = PlaylistTrack.TrackId)`},
			content: "SELECT * FROM PlaylistTrack ORDER BY PlaylistId, TrackId"},
		{name: "invoice-countries", table: "Invoice",
			plain: []string{`UPDATE Invoice SET BillingCountry = coalesce(BillingCountry, (SELECT Country FROM Customer WHERE Customer.CustomerId = Invoice.CustomerId)),
				LineTotal = (SELECT round(sum(UnitPrice * Quantity), 2) FROM InvoiceLine WHERE InvoiceLine.InvoiceId = Invoice.InvoiceId)`,
				"INSERT INTO InvoiceHistory SELECT InvoiceId, 'total: ' || LineTotal FROM Invoice WHERE LineTotal <> Total"},
			content: "SELECT * FROM Invoice ORDER BY InvoiceId",
			effects: "SELECT * FROM InvoiceHistory ORDER BY InvoiceId, What"},
		{name: "customer-contacts", table: "Customer", refused: 1,
			plain: []string{`UPDATE Customer SET Contact = (SELECT json_object('email', lower(Email), 'support', e.LastName, 'superior', s.LastName)
				FROM Employee AS e LEFT JOIN Employee AS s ON s.EmployeeId = e.ReportsTo WHERE e.EmployeeId = SupportRepId)
				WHERE SupportRepId IS NOT NULL AND CustomerId <> 13`},
			content: "SELECT * FROM Customer ORDER BY CustomerId"},
		{name: "free-lines", table: "InvoiceLine",
			plain:   []string{"DELETE FROM InvoiceLine WHERE UnitPrice = 0"},
			content: "SELECT * FROM InvoiceLine ORDER BY InvoiceLineId"},
	}}
}

func northwind() publicSchema {
	return publicSchema{name: "northwind", driver: "sqlite", migrations: []publicMigration{
		{name: "extended-prices", table: "Order Details", undone: true,
			plain: []string{`UPDATE [Order Details] AS d SET [Extended Price] = round(UnitPrice * Quantity * (1 - Discount), 2),
				[Shown as] = (SELECT ProductName || ': ' || CategoryName FROM Products JOIN Categories USING (CategoryID) WHERE ProductID = d.ProductID)
				WHERE Quantity > 1`},
			content: "SELECT * FROM [Order Details] ORDER BY OrderID, ProductID",
			effects: "SELECT * FROM [Order History] ORDER BY OrderID, What"},
		{name: "order-summaries", table: "Orders",
			plain: []string{`UPDATE Orders SET
				Summary = json_object('days', CAST(julianday(ShippedDate) - julianday(OrderDate) AS INTEGER), 'of', (SELECT CompanyName FROM Customers AS c WHERE c.CustomerID = Orders.CustomerID),
					'subtotal', (SELECT round(Sum(UnitPrice * Quantity * (1 - Discount)), 2) FROM [Order Details] AS d WHERE d.OrderID = Orders.OrderID)),
				ShipCountry = coalesce((SELECT Country FROM Customers AS c WHERE c.CustomerID = Orders.CustomerID), 'unknown')
				WHERE ShippedDate IS NOT NULL`,
				"INSERT INTO [Order History] SELECT OrderID, 'shipped to ' || ShipCountry FROM Orders WHERE ShippedDate > datetime(OrderDate, '+11 days')"},
			content: "SELECT * FROM Orders ORDER BY OrderID",
			effects: "SELECT * FROM [Order History] ORDER BY OrderID, What"},
		{name: "customer-phones", table: "Customers",
			plain:   []string{`UPDATE Customers SET [Phone digits] = substr(Phone, 2, 3) || substr(Phone, 7, 3) || substr(Phone, 11) WHERE Country IS NOT NULL`},
			content: "SELECT * FROM Customers ORDER BY CustomerID"},
		{name: "employee-regions", table: "EmployeeTerritories",
			plain:   []string{"UPDATE EmployeeTerritories SET Region = (SELECT trim(RegionDescription) FROM Territories JOIN Regions USING (RegionID) WHERE Territories.TerritoryID = EmployeeTerritories.TerritoryID)"},
			content: "SELECT * FROM EmployeeTerritories ORDER BY EmployeeID, TerritoryID"},
	}}
}
