"""What a tutorial builds: FastAPI, redis-py and SQLAlchemy. Look in Redis, else in the database, and keep what was found."""
import json
import os

from fastapi import FastAPI, HTTPException
from redis import asyncio as redis
from sqlalchemy import BigInteger, Column, DateTime, Text, select
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.orm import declarative_base, sessionmaker

HOUR = 3600
Base = declarative_base()


class User(Base):
    __tablename__ = "users"

    id = Column(BigInteger, primary_key=True)
    username = Column(Text, nullable=False)
    email = Column(Text)
    created_at = Column(DateTime(timezone=True), nullable=False)
    updated_at = Column(DateTime(timezone=True), nullable=False)
    version = Column(BigInteger, nullable=False)

    def as_dict(self):
        return {
            "id": self.id,
            "username": self.username,
            "email": self.email,
            "createdAt": self.created_at.isoformat(),
            "updatedAt": self.updated_at.isoformat(),
            "version": self.version,
        }


app = FastAPI()


@app.on_event("startup")
async def open_pools():
    app.state.redis = redis.from_url(os.environ["REDIS_URL"], decode_responses=True)
    app.state.engine = create_async_engine(os.environ["DATABASE_URL"])
    app.state.sessions = sessionmaker(app.state.engine, class_=AsyncSession, expire_on_commit=False)


@app.on_event("shutdown")
async def close_pools():
    await app.state.redis.close()
    await app.state.engine.dispose()


@app.get("/health")
async def health():
    return "Healthy"


@app.get("/api/v1/users/{user_id}")
async def get_user(user_id: int):
    key = f"USER::{user_id}"
    cached = await app.state.redis.get(key)
    if cached is not None:
        return {"data": json.loads(cached)}
    async with app.state.sessions() as database:
        user = (await database.execute(select(User).where(User.id == user_id))).scalar_one_or_none()
    if user is None:
        raise HTTPException(status_code=404)
    found = user.as_dict()
    await app.state.redis.set(key, json.dumps(found), ex=HOUR)
    return {"data": found}
