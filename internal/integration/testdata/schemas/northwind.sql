-- Northwind (https://github.com/microsoft/sql-server-samples, Microsoft, MIT licence; on SQLite
-- https://github.com/jpwhite3/northwind-SQLite3): the tables that are migrated and those that
-- they join, as they stand there. The rows are ours.
CREATE TABLE [Categories] ([CategoryID] INTEGER PRIMARY KEY AUTOINCREMENT, [CategoryName] TEXT, [Description] TEXT, [Picture] BLOB);
CREATE TABLE [Customers] (
    [CustomerID] TEXT,
    [CompanyName] TEXT,
    [ContactName] TEXT,
    [City] TEXT,
    [Region] TEXT,
    [Country] TEXT,
    [Phone] TEXT,
    PRIMARY KEY (`CustomerID`)
);
CREATE TABLE [Products] (
    [ProductID] INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    [ProductName] TEXT NOT NULL,
    [CategoryID] INTEGER,
    [QuantityPerUnit] TEXT,
    [UnitPrice] NUMERIC DEFAULT 0,
    [Discontinued] TEXT NOT NULL DEFAULT '0',
    CHECK ([UnitPrice] >= (0)),
    FOREIGN KEY ([CategoryID]) REFERENCES [Categories] ([CategoryID])
);
CREATE TABLE [Orders] (
    [OrderID] INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    [CustomerID] TEXT,
    [OrderDate] DATETIME,
    [ShippedDate] DATETIME,
    [Freight] NUMERIC DEFAULT 0,
    [ShipCountry] TEXT,
    FOREIGN KEY ([CustomerID]) REFERENCES [Customers] ([CustomerID])
);
CREATE TABLE [Order Details] (
    [OrderID] INTEGER NOT NULL,
    [ProductID] INTEGER NOT NULL,
    [UnitPrice] NUMERIC NOT NULL DEFAULT 0,
    [Quantity] INTEGER NOT NULL DEFAULT 1,
    [Discount] REAL NOT NULL DEFAULT 0,
    PRIMARY KEY ("OrderID", "ProductID"),
    CHECK ([Discount] >= (0) AND [Discount] <= (1)),
    CHECK ([Quantity] > (0)),
    FOREIGN KEY ([OrderID]) REFERENCES [Orders] ([OrderID]),
    FOREIGN KEY ([ProductID]) REFERENCES [Products] ([ProductID])
);
CREATE TABLE [Regions] ([RegionID] INTEGER NOT NULL PRIMARY KEY, [RegionDescription] TEXT NOT NULL);
CREATE TABLE [Territories] (
    [TerritoryID] TEXT NOT NULL,
    [TerritoryDescription] TEXT NOT NULL,
    [RegionID] INTEGER NOT NULL,
    PRIMARY KEY ([TerritoryID]),
    FOREIGN KEY ([RegionID]) REFERENCES [Regions] ([RegionID])
);
CREATE TABLE [EmployeeTerritories] (
    [EmployeeID] INTEGER NOT NULL,
    [TerritoryID] TEXT NOT NULL,
    PRIMARY KEY ("EmployeeID", "TerritoryID"),
    FOREIGN KEY ([TerritoryID]) REFERENCES [Territories] ([TerritoryID])
);
CREATE VIEW [Order Subtotals] AS
SELECT [Order Details].OrderID, Sum(([Order Details].UnitPrice * Quantity * (1 - Discount) / 100) * 100) AS Subtotal FROM [Order Details] GROUP BY [Order Details].OrderID;

INSERT INTO Categories (CategoryName, Picture) VALUES ('Beverages', x'151c2f00'), ('Condiments', NULL), ('Dairy Products', x'00');
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 600)
INSERT INTO Customers SELECT char(65 + i / 100) || char(65 + i / 10 % 10) || char(65 + i % 10) || char(65 + i % 7) || iif(i % 13 = 0, ' ''' , 'X'),
  'Company ' || i, 'Contact ' || i, 'City ' || (i % 40), NULL, iif(i % 21 = 0, NULL, 'Country ' || (i % 20)), '(' || (100 + i) || ') 555-' || (1000 + i) FROM n;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 77) INSERT INTO Products SELECT i, 'Product ' || i, 1 + i % 3, '10 boxes', 2.5 * i, i % 9 = 0 FROM n;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 800)
INSERT INTO Orders SELECT 10247 + i, (SELECT CustomerID FROM Customers WHERE CompanyName = 'Company ' || (1 + i % 600)), datetime('2016-07-04', '+' || i || ' hours'), iif(i % 30 = 0, NULL, datetime('2016-07-16', '+' || i || ' hours')), i % 100 + 0.25, NULL FROM n;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
INSERT OR IGNORE INTO [Order Details] SELECT 10248 + i % 800, 1 + i * 3 % 77, 2.5 * (i % 77), 1 + i % 40, (i % 4) * 0.05 FROM n;
INSERT INTO Regions VALUES (1, 'Eastern      '), (2, 'Western'), (3, 'Northern'), (4, 'Southern');
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 60) INSERT INTO Territories SELECT printf('%05d', i * 1581), 'Territory ' || i, 1 + i % 4 FROM n;
INSERT INTO EmployeeTerritories SELECT RegionID * 10 + n, TerritoryID FROM Territories, (SELECT RegionID AS n FROM Regions UNION SELECT 5);

-- What the site adds before it fills it by migrations, and its trigger.
ALTER TABLE [Order Details] ADD COLUMN [Extended Price] NUMERIC;
ALTER TABLE [Order Details] ADD COLUMN [Shown as] TEXT;
ALTER TABLE [Orders] ADD COLUMN [Summary] TEXT;
ALTER TABLE [Customers] ADD COLUMN [Phone digits] TEXT;
ALTER TABLE [EmployeeTerritories] ADD COLUMN [Region] TEXT;
CREATE TABLE [Order History] ([OrderID] INTEGER NOT NULL, [What] TEXT NOT NULL);
CREATE TRIGGER [Price noted] AFTER UPDATE OF [Extended Price] ON [Order Details] WHEN new.[Extended Price] > 1000 BEGIN
    INSERT INTO [Order History] VALUES (new.[OrderID], 'dear: ' || new.[ProductID]);
END;
